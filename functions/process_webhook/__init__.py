"""What came in through the door, and the sweeps that find what did not."""
