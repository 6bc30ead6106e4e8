"""Answer the HTTP API."""
