"""The domain: standard library only, no clock, no I/O."""
