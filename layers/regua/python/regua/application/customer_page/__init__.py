"""The page a customer lands on: what it shows, and what can be done on it."""
