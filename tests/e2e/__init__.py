"""The real stacks on the local cloud."""
