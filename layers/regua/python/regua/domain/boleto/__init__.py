"""Boletos as hard facts: barcode, line, due factor and check digits, read and written exactly."""
