"""The page a message's links lead to: pay, promise, dispute, settle."""
