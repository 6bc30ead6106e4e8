"""Tests of the carrier's parts, without a socket."""
