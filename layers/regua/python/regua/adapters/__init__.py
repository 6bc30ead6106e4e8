"""One outside service each, and an in-memory twin per port."""
