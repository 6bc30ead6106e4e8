"""Turn files that were put into invoices and payments."""
