"""Pix charges at creditors' payment service providers."""
