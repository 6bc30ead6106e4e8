"""Connectors: what another system says, mapped to our facts, applied and acknowledged."""
