"""Speed, memory and counted requests, against the budgets of the design."""
