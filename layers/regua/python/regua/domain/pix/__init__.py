"""Pix: what a QR code says, how a charge is asked for, and how the PSP tells of the money."""
