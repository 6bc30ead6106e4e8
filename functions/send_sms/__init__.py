"""Sends contacts as text messages."""
