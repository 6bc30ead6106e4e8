"""The door through which other systems post to us."""
