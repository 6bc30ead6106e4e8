"""What recipients' programs call: pixel, click and unsubscribe. Standard library only."""
