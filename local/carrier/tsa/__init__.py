"""A time-stamping authority (RFC 3161) of this machine; to others its stamps prove nothing."""
