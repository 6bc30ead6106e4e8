"""seal_evidence."""
