"""Put back what the emulator's CloudFormation accepts but drops.

For each resource of a template: read what is there, compare it with what was asked for, and make
up the difference through the service's own API. On AWS there is nothing to do, and nothing here
runs there.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local import aws

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """One deployed resource: where to ask about it and what its template says."""

    endpoint_url: str
    physical_id: str
    properties: Properties

    def client(self, service: str) -> Any:  # noqa: ANN401 - the stubs have no common type
        """Return the client of one service."""
        return aws.client(self.endpoint_url, service)


@dataclass(frozen=True, slots=True)
class Fix:
    """One property that may have been dropped.

    `wanted` reads it from the template in the form that `actual` reads it from the service;
    `apply` sets it.
    """

    name: str
    wanted: Callable[[Properties], Any]
    actual: Callable[[Resource], Any]
    apply: Callable[[Resource, Any], Any]

    def mend(self, resource: Resource) -> bool:
        """Set the property if it was asked for and is not there; tell whether it was set."""
        wanted = self.wanted(resource.properties)
        if not wanted or self.actual(resource) == wanted:
            return False
        self.apply(resource, wanted)
        return True


def mend_stack(endpoint_url: str, stack: str, template: Mapping[str, Any]) -> list[str]:
    """Mend every resource of a deployed stack; return what was set, for the log."""
    cloudformation = aws.client(endpoint_url, "cloudformation")
    physical = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
    }
    resources = {
        logical_id: Resource(endpoint_url, physical[logical_id], definition.get("Properties", {}))
        for logical_id, definition in template["Resources"].items()
        if definition["Type"] in FIXES
    }
    return [
        f"{stack}/{logical_id}: {fix.name}"
        for logical_id, resource in resources.items()
        for fix in FIXES[template["Resources"][logical_id]["Type"]]
        if fix.mend(resource)
    ]


# --- DynamoDB -----------------------------------------------------------------------------------


def _wanted_ttl(properties: Properties) -> str | None:
    specification = properties.get("TimeToLiveSpecification", {})
    return specification.get("AttributeName") if specification.get("Enabled") else None


def _actual_ttl(table: Resource) -> str | None:
    answer = table.client("dynamodb").describe_time_to_live(TableName=table.physical_id)
    description = answer["TimeToLiveDescription"]
    is_on = description["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    return description.get("AttributeName") if is_on else None


def _apply_ttl(table: Resource, attribute: str) -> None:
    table.client("dynamodb").update_time_to_live(
        TableName=table.physical_id,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
    )


def _wanted_recovery(properties: Properties) -> bool:
    specification = properties.get("PointInTimeRecoverySpecification", {})
    return bool(specification.get("PointInTimeRecoveryEnabled"))


def _actual_recovery(table: Resource) -> bool:
    answer = table.client("dynamodb").describe_continuous_backups(TableName=table.physical_id)
    description = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return bool(description["PointInTimeRecoveryStatus"] == "ENABLED")


def _apply_recovery(table: Resource, _wanted: bool) -> None:  # noqa: FBT001 - one form for all
    table.client("dynamodb").update_continuous_backups(
        TableName=table.physical_id,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


# --- Lambda -------------------------------------------------------------------------------------


def _actual_concurrency(function: Resource) -> int | None:
    answer = function.client("lambda").get_function_concurrency(FunctionName=function.physical_id)
    limit: int | None = answer.get("ReservedConcurrentExecutions")
    return limit


def _apply_concurrency(function: Resource, limit: int) -> None:
    function.client("lambda").put_function_concurrency(
        FunctionName=function.physical_id, ReservedConcurrentExecutions=int(limit)
    )


# --- HTTP API -----------------------------------------------------------------------------------


def _actual_cors(api: Resource) -> Any:  # noqa: ANN401 - compared, not read
    answer = api.client("apigatewayv2").get_api(ApiId=api.physical_id)
    return answer.get("CorsConfiguration")


def _apply_cors(api: Resource, cors: Any) -> None:  # noqa: ANN401 - handed through
    api.client("apigatewayv2").update_api(ApiId=api.physical_id, CorsConfiguration=cors)


# --- S3 -----------------------------------------------------------------------------------------


def _wanted_lock(properties: Properties) -> dict[str, Any] | None:
    if not properties.get("ObjectLockEnabled"):
        return None
    rule = properties.get("ObjectLockConfiguration", {}).get("Rule")
    return {"ObjectLockEnabled": "Enabled", **({"Rule": rule} if rule else {})}


def _actual_lock(bucket: Resource) -> Any:  # noqa: ANN401 - compared, not read
    with suppress(_no_such(bucket)):
        answer = bucket.client("s3").get_object_lock_configuration(Bucket=bucket.physical_id)
        return answer.get("ObjectLockConfiguration")
    return None


def _apply_lock(bucket: Resource, lock: Any) -> None:  # noqa: ANN401 - handed through
    s3 = bucket.client("s3")
    s3.put_object_lock_configuration(Bucket=bucket.physical_id, ObjectLockConfiguration=lock)


def _actual_public_access(bucket: Resource) -> Any:  # noqa: ANN401 - compared, not read
    with suppress(_no_such(bucket)):
        answer = bucket.client("s3").get_public_access_block(Bucket=bucket.physical_id)
        return answer.get("PublicAccessBlockConfiguration")
    return None


def _apply_public_access(bucket: Resource, block: Any) -> None:  # noqa: ANN401 - handed through
    s3 = bucket.client("s3")
    s3.put_public_access_block(Bucket=bucket.physical_id, PublicAccessBlockConfiguration=block)


def _wanted_lifecycle(properties: Properties) -> list[dict[str, Any]]:
    rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    return [_lifecycle_rule(number, rule) for number, rule in enumerate(rules)]


def _lifecycle_rule(number: int, rule: Properties) -> dict[str, Any]:
    """Translate a rule from CloudFormation's words into the API's."""
    translated: dict[str, Any] = {
        "ID": rule.get("Id", f"rule-{number}"),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        translated["Expiration"] = {"Days": rule["ExpirationInDays"]}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rule:
            translated[name] = rule[name]
    return translated


def _actual_lifecycle(bucket: Resource) -> Any:  # noqa: ANN401 - compared, not read
    with suppress(_no_such(bucket)):
        answer = bucket.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket.physical_id)
        return answer.get("Rules")
    return None


def _apply_lifecycle(bucket: Resource, rules: Any) -> None:  # noqa: ANN401 - handed through
    bucket.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket.physical_id, LifecycleConfiguration={"Rules": rules}
    )


def _wanted_news(properties: Properties) -> bool:
    told = properties.get("NotificationConfiguration", {}).get("EventBridgeConfiguration", {})
    return str(told.get("EventBridgeEnabled", "")).lower() == "true"


def _actual_news(bucket: Resource) -> bool:
    s3 = bucket.client("s3")
    answer = s3.get_bucket_notification_configuration(Bucket=bucket.physical_id)
    return "EventBridgeConfiguration" in answer


def _apply_news(bucket: Resource, _wanted: bool) -> None:  # noqa: FBT001 - one form for all
    bucket.client("s3").put_bucket_notification_configuration(
        Bucket=bucket.physical_id, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )


def _no_such(resource: Resource) -> type[Exception]:
    """Return the error by which S3 says that a bucket has no such configuration."""
    error: type[Exception] = resource.client("s3").exceptions.ClientError
    return error


def _property(name: str) -> Callable[[Properties], Any]:
    return lambda properties: properties.get(name)


FIXES: Mapping[str, tuple[Fix, ...]] = {
    "AWS::DynamoDB::Table": (
        Fix("time to live", _wanted_ttl, _actual_ttl, _apply_ttl),
        Fix("point-in-time recovery", _wanted_recovery, _actual_recovery, _apply_recovery),
    ),
    "AWS::Lambda::Function": (
        Fix(
            "reserved concurrency",
            _property("ReservedConcurrentExecutions"),
            _actual_concurrency,
            _apply_concurrency,
        ),
    ),
    "AWS::ApiGatewayV2::Api": (
        Fix("CORS", _property("CorsConfiguration"), _actual_cors, _apply_cors),
    ),
    "AWS::S3::Bucket": (
        Fix("object lock", _wanted_lock, _actual_lock, _apply_lock),
        Fix(
            "public access block",
            _property("PublicAccessBlockConfiguration"),
            _actual_public_access,
            _apply_public_access,
        ),
        Fix("lifecycle", _wanted_lifecycle, _actual_lifecycle, _apply_lifecycle),
        Fix("news of objects", _wanted_news, _actual_news, _apply_news),
    ),
}
