"""Connectors, from what another system posts to our state and its answer."""
