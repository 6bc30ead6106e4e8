"""Use cases on the in-memory twins."""
