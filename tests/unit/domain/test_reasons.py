from regua.domain.reasons import DEFERRED, FAILED, SUPPRESSED, Reason

PUBLIC = {
    "deferred": "outside_window holiday daily_cap weekly_cap provider_throttled",
    "suppressed": (
        "settled cancelled held disputed promised in_agreement opted_out no_address "
        "address_suppressed prescribed below_threshold payment_in_transit superseded duplicate "
        "creditor_paused policy_denied"
    ),
    "failed": "rejected_by_provider hard_bounce undeliverable template_error",
}


def test_no_reason_of_the_public_contract_was_renamed_or_moved() -> None:
    for ours, name in ((DEFERRED, "deferred"), (SUPPRESSED, "suppressed"), (FAILED, "failed")):
        assert set(PUBLIC[name].split()) <= {reason.value for reason in ours}


def test_every_reason_belongs_to_exactly_one_ending() -> None:
    assert set(Reason) == DEFERRED | SUPPRESSED | FAILED
    assert len(Reason) == len(DEFERRED) + len(SUPPRESSED) + len(FAILED)
