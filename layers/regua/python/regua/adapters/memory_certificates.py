"""The in-memory twin of the certificates that signed what providers reported."""


class MemoryCertificates:
    """Certificates in a dictionary, by fingerprint."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def keep(self, sha256: str, pem: str) -> None:
        """Keep a certificate; the same again changes nothing."""
        self.kept.setdefault(sha256, pem)

    def find(self, sha256: str) -> str | None:
        """Return a certificate, if it was kept."""
        return self.kept.get(sha256)
