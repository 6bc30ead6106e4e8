"""A payment service provider in the form of the BCB's API Pix 2.9.0, for this machine only."""
