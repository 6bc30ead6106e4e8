"""Setting up tenants: their documents, machines, people and sender domains."""
