"""Files become invoices and payments: mapped, cut into chunks, applied once, every row told."""
