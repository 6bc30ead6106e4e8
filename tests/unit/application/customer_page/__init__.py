"""The customer's page on the in-memory twins."""
