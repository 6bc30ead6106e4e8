"""A portfolio that lives some days on the local cloud."""
