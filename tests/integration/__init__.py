"""Use cases and adapters, on memory twins and moto."""
