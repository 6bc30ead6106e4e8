"""The page where a recipient confirms that they read a message."""
