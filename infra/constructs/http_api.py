"""The HTTP API: which paths exist, who answers each, and which scope each asks for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.identity import scope_name

ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "clientId": "$context.authorizer.claims.client_id",
    "authorizerError": "$context.authorizer.error",
    "integrationError": "$context.integrationErrorMessage",
}
"""The route, never the path: paths carry tracking tokens. No address of the caller either."""


@dataclass(frozen=True)
class Route:
    """One path, the function that answers it, and the scope it asks for (`None`: open to all)."""

    methods: tuple[apigw.HttpMethod, ...]
    path: str
    function: str
    scope: str | None


_GET, _PUT, _POST = apigw.HttpMethod.GET, apigw.HttpMethod.PUT, apigw.HttpMethod.POST
_HEAD, _DELETE = apigw.HttpMethod.HEAD, apigw.HttpMethod.DELETE

ROUTES = (
    Route((_GET,), "/v1/invoices", "api", "invoices.read"),
    Route((_POST,), "/v1/invoices/batch", "api", "invoices.write"),
    Route((_PUT,), "/v1/invoices/{external_id}", "api", "invoices.write"),
    Route((_GET,), "/v1/invoices/{external_id}", "api", "invoices.read"),
    Route((_GET,), "/v1/invoices/{external_id}/timeline", "api", "invoices.read"),
    Route((_GET,), "/v1/invoices/{external_id}/boleto.pdf", "render_boleto", "invoices.read"),
    Route((_POST,), "/v1/invoices/{external_id}/payments", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/cancel", "api", "invoices.write"),
    Route((_GET,), "/v1/invoices/{external_id}/explain", "api", "invoices.read"),
    Route((_POST, _DELETE), "/v1/invoices/{external_id}/hold", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/promises", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/disputes", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/disputes/resolve", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/payment-in-transit", "api", "invoices.write"),
    Route((_POST,), "/v1/invoices/{external_id}/contact-results", "api", "invoices.write"),
    Route((_GET,), "/v1/customers", "api", "customers.read"),
    Route((_PUT,), "/v1/customers/{external_id}", "api", "customers.write"),
    Route((_GET,), "/v1/customers/{external_id}", "api", "customers.read"),
    Route((_GET,), "/v1/customers/{external_id}/timeline", "api", "customers.read"),
    Route((_POST, _DELETE), "/v1/customers/{external_id}/hold", "api", "customers.write"),
    Route((_POST,), "/v1/customers/{external_id}/contact-results", "api", "customers.write"),
    Route((_DELETE,), "/v1/customers/{external_id}/evidence", "api", "evidence.erase"),
    Route((_GET,), "/v1/customers/{external_id}/explain", "api", "customers.read"),
    Route((_PUT,), "/v1/rulers/{name}", "api", "rulers.write"),
    Route((_GET,), "/v1/rulers/{name}", "api", "rulers.read"),
    Route((_GET,), "/v1/rulers/{name}/versions", "api", "rulers.read"),
    Route((_GET,), "/v1/rulers/{name}/experiments", "api", "rulers.read"),
    Route((_POST,), "/v1/rulers/{name}/simulate", "api", "rulers.read"),
    Route((_PUT,), "/v1/assignment", "api", "rulers.write"),
    Route((_GET,), "/v1/assignment", "api", "rulers.read"),
    Route((_POST,), "/v1/invoices/{external_id}/report", "issue_report", "evidence.write"),
    Route((_GET,), "/v1/messages/{dispatch_id}", "api", "evidence.read"),
    Route((_GET,), "/v1/messages/{dispatch_id}/evidence", "issue_report", "evidence.read"),
    Route((_POST,), "/v1/messages/{dispatch_id}/report", "issue_report", "evidence.write"),
    Route((_GET,), "/v1/reports/{number}", "issue_report", "evidence.read"),
    Route((_GET,), "/v1/reconciliation", "api", "reconciliation.read"),
    Route((_GET,), "/v1/costs", "api", "reconciliation.read"),
    Route((_GET,), "/v1/events", "api", "events.read"),
    Route((_POST,), "/v1/events/ack", "api", "events.read"),
    Route((_GET,), "/v1/events/consumers", "api", "events.read"),
    Route((_DELETE,), "/v1/events/consumers/{name}", "api", "events.read"),
    Route((_POST,), "/v1/webhooks", "api", "webhooks.write"),
    Route((_GET,), "/v1/webhooks", "api", "webhooks.read"),
    Route((_GET,), "/v1/webhooks/{webhook_id}", "api", "webhooks.read"),
    Route((_PUT, _DELETE), "/v1/webhooks/{webhook_id}", "api", "webhooks.write"),
    Route((_POST,), "/v1/webhooks/{webhook_id}/rotate-secret", "api", "webhooks.write"),
    Route((_POST,), "/v1/webhooks/{webhook_id}/ping", "api", "webhooks.write"),
    Route((_POST,), "/v1/webhooks/{webhook_id}/enable", "api", "webhooks.write"),
    Route((_GET,), "/v1/webhooks/{webhook_id}/deliveries", "api", "webhooks.read"),
    Route(
        (_POST,),
        "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
        "api",
        "webhooks.write",
    ),
    Route((_POST,), "/v1/webhooks/{webhook_id}/replay", "api", "webhooks.write"),
    Route((_POST,), "/v1/hooks", "api", "hooks.write"),
    Route((_GET,), "/v1/hooks", "api", "hooks.read"),
    Route((_DELETE,), "/v1/hooks/{hook_id}", "api", "hooks.write"),
    Route((_POST,), "/v1/hooks/{hook_id}/rotate", "api", "hooks.write"),
    Route((_GET,), "/v1/hooks/{hook_id}/acknowledgement", "api", "hooks.read"),
    Route((_GET,), "/v1/invoices/{external_id}/charge", "api", "invoices.read"),
    Route((_GET,), "/v1/unmatched-payments", "api", "invoices.read"),
    Route((_POST,), "/v1/unmatched-payments/{end_to_end_id}/assign", "api", "invoices.write"),
    Route((_GET,), "/v1/plans", "api", "plans.read"),
    Route((_PUT,), "/v1/plans/{external_id}", "api", "plans.write"),
    Route((_GET,), "/v1/plans/{external_id}", "api", "plans.read"),
    Route((_POST,), "/v1/plans/{external_id}/pause", "api", "plans.write"),
    Route((_POST,), "/v1/plans/{external_id}/resume", "api", "plans.write"),
    Route((_POST,), "/v1/plans/{external_id}/end", "api", "plans.write"),
    Route((_GET,), "/v1/plans/{external_id}/invoices", "api", "plans.read"),
    Route((_GET,), "/v1/offers", "api", "rulers.read"),
    Route((_PUT,), "/v1/offers", "api", "rulers.write"),
    Route((_GET,), "/v1/customers/{external_id}/offer", "api", "agreements.read"),
    Route((_GET,), "/v1/agreements", "api", "agreements.read"),
    Route((_POST,), "/v1/agreements", "api", "agreements.write"),
    Route((_GET,), "/v1/agreements/{agreement_id}", "api", "agreements.read"),
    Route((_POST,), "/v1/agreements/{agreement_id}/approve", "api", "agreements.write"),
    Route((_POST,), "/v1/agreements/{agreement_id}/refuse", "api", "agreements.write"),
    Route((_POST,), "/v1/agreements/{agreement_id}/cancel", "api", "agreements.write"),
    Route((_GET,), "/v1/page", "api", "creditor.read"),
    Route((_PUT,), "/v1/page", "api", "creditor.write"),
    Route((_POST,), "/v1/page/preview", "api", "creditor.write"),
    Route((_POST,), "/hooks/{key}", "receive_webhook", None),
    Route((_POST,), "/hooks/{key}/pix", "receive_webhook", None),
    Route((_POST,), "/hooks/{key}/rec", "receive_webhook", None),
    Route((_POST,), "/hooks/{key}/cobr", "receive_webhook", None),
    Route((_PUT, _GET), "/v1/creditors/{creditor_id}", "admin", "platform.admin"),
    Route((_POST,), "/v1/creditors/{creditor_id}/clients", "admin", "platform.admin"),
    Route((_PUT,), "/v1/creditors/{creditor_id}/users/{email}", "admin", "platform.admin"),
    Route(
        (_PUT, _GET),
        "/v1/creditors/{creditor_id}/sender-identities/{domain}",
        "admin",
        "platform.admin",
    ),
    Route((_GET,), "/v1/creditor", "admin", "creditor.read"),
    Route((_PUT,), "/v1/creditor", "admin", "creditor.write"),
    Route((_GET, _POST), "/v1/clients", "admin", "clients.write"),
    Route((_DELETE,), "/v1/clients/{client_id}", "admin", "clients.write"),
    Route((_GET,), "/v1/users", "admin", "users.write"),
    Route((_GET, _PUT, _DELETE), "/v1/users/{email}", "admin", "users.write"),
    Route((_GET,), "/v1/sender-identities", "admin", "creditor.read"),
    Route((_GET,), "/v1/sender-identities/{domain}", "admin", "creditor.read"),
    Route((_PUT,), "/v1/sender-identities/{domain}", "admin", "creditor.write"),
    Route((_POST,), "/v1/imports", "api", "imports.write"),
    Route((_GET,), "/v1/imports", "api", "imports.read"),
    Route((_GET,), "/v1/imports/{import_id}", "api", "imports.read"),
    Route((_PUT,), "/v1/imports/{import_id}/mapping", "api", "imports.write"),
    Route((_POST,), "/v1/imports/{import_id}/cancel", "api", "imports.write"),
    Route((_GET,), "/v1/imports/{import_id}/results", "api", "imports.read"),
    Route((_GET,), "/v1/imports/{import_id}/errors", "api", "imports.read"),
    Route((_GET,), "/v1/import-mappings", "api", "imports.read"),
    Route((_GET,), "/v1/import-mappings/{name}", "api", "imports.read"),
    Route((_PUT,), "/v1/import-mappings/{name}", "api", "imports.write"),
    Route((_GET,), "/v1/health", "api", None),
    Route((_GET,), "/openapi.json", "api", None),
    Route((_GET,), "/docs", "api", None),
    Route((_GET,), "/docs/start.js", "api", None),
    Route((_GET,), "/docs/swagger-ui.css", "api", None),
    Route((_GET,), "/docs/swagger-ui.js", "api", None),
    Route((_GET, _HEAD), "/o/{token}", "track_open", None),
    Route((_GET, _HEAD), "/c/{token}", "track_open", None),
    Route((_GET, _POST), "/u/{token}", "track_open", None),
    Route((_GET, _POST), "/r/{token}", "confirm_reading", None),
    Route((_GET, _HEAD), "/p/{token}", "customer_page", None),
    Route((_GET, _HEAD, _POST), "/p/{token}/{act}", "customer_page", None),
    Route((_GET, _HEAD), "/p/{token}/comprovante/{protocol}", "customer_page", None),
    Route((_GET,), "/p/{token}/boleto/{file}", "render_boleto", None),
    Route((_GET, _POST), "/verify", "verify_evidence", None),
    Route((_GET,), "/verificar/{number}", "verify_evidence", None),
)


class ReguaHttpApi(Construct):
    """An HTTP API with a JWT authorizer, throttling and an access log free of personal data."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        functions: Mapping[str, lambda_.IFunction],
        issuer: str,
        audience: list[str],
        throttle_rate: int,
        throttle_burst: int,
        log_retention: logs.RetentionDays,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        self.api = apigw.HttpApi(self, "Api", create_default_stage=False)
        access_log = logs.LogGroup(
            self, "AccessLog", retention=log_retention, removal_policy=removal_policy
        )
        self.stage = apigw.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=apigw.ThrottleSettings(rate_limit=throttle_rate, burst_limit=throttle_burst),
        )
        self._log_access(access_log)
        authorizer = authorizers.HttpJwtAuthorizer("Jwt", issuer, jwt_audience=audience)
        self.authorizer = authorizer
        handlers = {
            name: integrations.HttpLambdaIntegration(
                f"{name}-integration", function, scope_permission_to_route=False
            )
            for name, function in functions.items()
        }
        for route in ROUTES:
            self.api.add_routes(
                path=route.path,
                methods=list(route.methods),
                integration=handlers[route.function],
                authorizer=authorizer if route.scope else apigw.HttpNoneAuthorizer(),
                authorization_scopes=[scope_name(route.scope)] if route.scope else None,
            )

    def _log_access(self, log_group: logs.ILogGroup) -> None:
        stage = self.stage.node.default_child
        if not isinstance(stage, apigw.CfnStage):  # pragma: no cover - what the library promises
            raise TypeError(stage)
        stage.access_log_settings = apigw.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG_FIELDS)
        )
