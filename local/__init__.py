"""The local cloud: start, stop, deploy, carrier, demo and time travel."""
