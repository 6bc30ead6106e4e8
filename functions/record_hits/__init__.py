"""Record opens, clicks and unsubscribes."""
