"""Settling a debt: what a creditor offers, what a customer accepts, what becomes of it."""
