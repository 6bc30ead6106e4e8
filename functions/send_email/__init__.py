"""Turn a decided contact into an e-mail."""
