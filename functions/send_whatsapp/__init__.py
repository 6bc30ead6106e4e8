"""Sends contacts as WhatsApp messages."""
