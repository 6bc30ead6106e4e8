"""Stateful storage, functions and observability, apart."""
