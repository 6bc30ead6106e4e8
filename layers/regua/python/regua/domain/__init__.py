"""The rules of collections: standard library only, no I/O, no clock, no randomness."""
