"""The inbox: the delivered messages, as JSON for tools and as pages for people."""
