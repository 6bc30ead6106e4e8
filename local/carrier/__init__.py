"""The program that stands in for the message providers."""
