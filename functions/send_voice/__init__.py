"""Sends contacts as automatic calls."""
