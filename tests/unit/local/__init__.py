"""The local cloud's own programs, without a cloud."""
