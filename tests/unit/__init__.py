"""Rules, without sockets or clock."""
