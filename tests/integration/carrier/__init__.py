"""Tests of the running carrier, spoken to as its users speak to it."""
