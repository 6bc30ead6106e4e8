"""Thank customers who paid."""
