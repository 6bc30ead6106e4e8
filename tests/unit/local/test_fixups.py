"""What the emulator drops is put back, and only that."""

from typing import Any

import pytest

from local.cloud import by_kind
from local.fixups import FIXES, Fix, Resource


def fix_with(actual: object) -> tuple[Fix, list[object]]:
    """Return a fix for `Limit` on a service that has `actual`, and the list of what it sets."""
    applied: list[object] = []
    fix = Fix(
        "limit",
        wanted=lambda properties: properties.get("Limit"),
        actual=lambda _resource: actual,
        apply=lambda _resource, wanted: applied.append(wanted),
    )
    return fix, applied


@pytest.mark.parametrize(
    ("properties", "actual", "applied"),
    [
        ({"Limit": 5}, None, [5]),
        ({"Limit": 5}, 3, [5]),
        ({"Limit": 5}, 5, []),
        ({}, None, []),
        ({}, 3, []),
    ],
)
def test_only_what_was_asked_for_and_is_missing_is_set(
    properties: dict[str, Any], actual: object, applied: list[object]
) -> None:
    fix, seen = fix_with(actual)
    mended = fix.mend(Resource("http://127.0.0.1:1", "id", properties))
    assert seen == applied
    assert mended == bool(applied)


def wanted(resource_type: str, name: str, properties: dict[str, Any]) -> object:
    (fix,) = [each for each in FIXES[resource_type] if each.name == name]
    return fix.wanted(properties)


def test_lifecycle_rules_are_translated_for_the_api() -> None:
    rule = {
        "Status": "Enabled",
        "ExpirationInDays": 180,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    properties = {"LifecycleConfiguration": {"Rules": [rule]}}
    assert wanted("AWS::S3::Bucket", "lifecycle", properties) == [
        {
            "ID": "rule-0",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 180},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
        }
    ]


def test_a_disabled_property_is_not_asked_for() -> None:
    off = {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "expires_at"}}
    assert wanted("AWS::DynamoDB::Table", "time to live", off) is None
    assert not wanted("AWS::S3::Bucket", "object lock", {"ObjectLockEnabled": False})


def test_outputs_become_the_names_of_the_contract() -> None:
    outputs = {"QueueEmailDlq": "dlq", "QueueEmail": "url", "FunctionEvaluateRuler": "f"}
    assert by_kind(outputs, "Queue") == {"email": "url", "email_dlq": "dlq"}
    assert by_kind(outputs, "Function") == {"evaluate_ruler": "f"}
