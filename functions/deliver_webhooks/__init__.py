"""Events to the endpoints that creditors registered."""
