"""Recurring plans: instalments become invoices when their time comes."""
