"""Régua: the rules of collections, the use cases and the adapters, shared by every function."""
