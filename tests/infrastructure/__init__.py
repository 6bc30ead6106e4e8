"""What the synthesised stacks must keep."""
