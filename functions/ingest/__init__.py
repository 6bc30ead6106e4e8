"""Take facts from the creditor's systems."""
