"""Events from the bus to the feeds of their creditors, and to whoever waits for them."""
