"""The domains that a creditor writes from: claimed, proven by DNS, and nobody else's from then on.

A claim has a DKIM key of its own, named after the creditor. Whoever publishes that key's record
says so for this claim and for no other, so one tenant's DNS never proves another tenant's claim.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from regua.application.admin_ports import (
    DomainClaim,
    IdentityState,
    Page,
    SenderIdentities,
    SigningKeys,
    TenantStore,
)
from regua.application.ports import Dkim
from regua.domain.errors import Conflict, NotFound, VersionConflict
from regua.domain.ids import CreditorId

CLAIM_LASTS = timedelta(hours=72)
"""How long an unproven claim keeps others away; SES gives up looking after as long.

Source: "Verifying a domain identity", Amazon SES Developer Guide.
"""
MOST_DOMAINS = 20
SELECTORS = "regua-"
"""What the selectors of claims begin with: an identity with another one is not ours to change."""


class DnsRecord(NamedTuple):
    """A record that the owner of a domain publishes."""

    type: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """A claimed domain, what its DNS needs, and what was found there."""

    claim: DomainClaim
    state: IdentityState
    records: tuple[DnsRecord, ...]


@dataclass(frozen=True, slots=True)
class SenderDomains:
    """Claims domains, looks at them, and says which ones a creditor may write from."""

    store: TenantStore
    identities: SenderIdentities
    keys: SigningKeys
    own: frozenset[str]
    """The deployment's own domains: every creditor may write from them, and claim none."""

    def claim(self, creditor_id: CreditorId, domain: str, now: datetime) -> SenderDomain:
        """Claim a domain, unless it is claimed, and have the provider look for its key in DNS.

        Raises:
            Conflict: it is the deployment's, another creditor's, or somebody else's in the same
                account.
        """
        if any(is_within(domain, own) for own in self.own):
            raise Conflict("this domain is the deployment's own and needs no identity")
        known = self.store.claim(domain)
        if known is None or known.creditor_id != creditor_id:
            self._check_free(known, now)
            if len(self.store.claims(creditor_id, None, MOST_DOMAINS).items) == MOST_DOMAINS:
                raise Conflict(f"a creditor has at most {MOST_DOMAINS} domains")
            claim = DomainClaim(domain, creditor_id, Dkim(selector(creditor_id), domain), now)
            self.store.keep_claim(claim, known)
        else:
            claim = known
        key = self.keys.key(claim.dkim)
        self.identities.establish(claim.dkim, key.private_key, return_path(domain))
        return self._seen(claim, now)

    def _check_free(self, known: DomainClaim | None, now: datetime) -> None:
        """Refuse a domain that another creditor has proven, or may still prove."""
        if known is None:
            return
        is_proven = known.verified_at is not None or self.identities.state(known.dkim).is_verified
        if is_proven or now - known.claimed_at < CLAIM_LASTS:
            raise Conflict("this domain is claimed by somebody else")

    def look(self, creditor_id: CreditorId, domain: str, now: datetime) -> SenderDomain:
        """Look at a claimed domain.

        Raises:
            NotFound: the creditor does not claim it.
        """
        claim = self.store.claim(domain)
        if claim is None or claim.creditor_id != creditor_id:
            raise NotFound(domain)
        return self._seen(claim, now)

    def _seen(self, claim: DomainClaim, now: datetime) -> SenderDomain:
        state = self.identities.state(claim.dkim)
        if state.is_verified and claim.verified_at is None:
            proven = replace(claim, verified_at=now)
            with suppress(VersionConflict):  # somebody else looked at the same moment
                self.store.keep_claim(proven, claim)
            claim = proven
        record = self.keys.key(claim.dkim).record
        return SenderDomain(claim, state, dns_records(claim.dkim, record, self.identities.region))

    def of(self, creditor_id: CreditorId, after: str | None, limit: int) -> Page[DomainClaim]:
        """Return a creditor's claims, by domain."""
        return self.store.claims(creditor_id, after, limit)

    def sendable(
        self, creditor_id: CreditorId, domains: Iterable[str], now: datetime
    ) -> frozenset[str]:
        """Return the domains at or above the given ones that a creditor may write from."""
        proven = {
            above
            for domain in domains
            for above in _upwards(domain)
            if self._is_proven(creditor_id, above, now)
        }
        return self.own | proven

    def _is_proven(self, creditor_id: CreditorId, domain: str, now: datetime) -> bool:
        claim = self.store.claim(domain)
        if claim is None or claim.creditor_id != creditor_id:
            return False
        return claim.verified_at is not None or self._seen(claim, now).state.is_verified


def is_within(domain: str, other: str) -> bool:
    """Tell whether a domain is another one, or below it.

    >>> is_within("mail.aurora.example", "aurora.example"), is_within("aurora.example", "a.example")
    (True, False)
    """
    return domain == other or domain.endswith(f".{other}")


def selector(creditor_id: CreditorId) -> str:
    """Return the name of a creditor's DKIM keys: always the same, and no other creditor's.

    >>> selector(CreditorId("aurora"))
    'regua-9b89025c'
    """
    return f"{SELECTORS}{sha256(creditor_id.encode()).hexdigest()[:8]}"


def return_path(domain: str) -> str:
    """Return where bounces of a domain's mail go: below it, as SPF alignment asks."""
    return f"retorno.{domain}"


def dns_records(dkim: Dkim, record: str, region: str) -> tuple[DnsRecord, ...]:
    """Return what a domain's DNS needs: what signs, where bounces go, what becomes of forgeries.

    Source: Amazon SES Developer Guide, "Using a custom MAIL FROM domain" and "Complying with DMARC
    authentication protocol"; RFC 7489 §6.3 for the policy that only watches.
    """
    bounces = return_path(dkim.domain)
    return (
        DnsRecord("TXT", f"{dkim.selector}._domainkey.{dkim.domain}", record),
        DnsRecord("MX", bounces, f"10 feedback-smtp.{region}.amazonses.com"),
        DnsRecord("TXT", bounces, "v=spf1 include:amazonses.com ~all"),
        DnsRecord("TXT", f"_dmarc.{dkim.domain}", "v=DMARC1; p=none"),
    )


def _upwards(domain: str) -> Iterator[str]:
    """Yield a domain and those above it, the top level left out."""
    labels = domain.split(".")
    for first in range(len(labels) - 1):
        yield ".".join(labels[first:])
