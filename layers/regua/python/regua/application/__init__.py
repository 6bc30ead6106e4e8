"""Use cases, ports and the messages that cross a queue."""
