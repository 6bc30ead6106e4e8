"""The carrier: a local program that stands in for the message providers and shows what they got."""
