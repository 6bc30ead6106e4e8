"""What the API's description says of evidence: routes that another function answers."""

from collections.abc import Mapping
from typing import Any

_REPORT = {
    "201": {
        "description": "The report is issued, signed and kept; its code is told this once",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": [
                        "number",
                        "code",
                        "sha256",
                        "size",
                        "verification_url",
                        "download_url",
                    ],
                    "properties": {
                        "number": {"type": "string", "example": "LD-2026-ABCD2345"},
                        "code": {
                            "type": "string",
                            "description": "Opens the report on the verification page",
                        },
                        "sha256": {"type": "string", "description": "Of the signed PDF"},
                        "size": {"type": "integer", "description": "Bytes of the signed PDF"},
                        "verification_url": {"type": "string", "format": "uri"},
                        "download_url": {
                            "type": "string",
                            "format": "uri",
                            "description": "Good for fifteen minutes",
                        },
                    },
                }
            }
        },
    },
    "409": {"description": "No message was made, or no signing certificate is installed"},
    "503": {"description": "The key or the time stamp authority does not answer; try again"},
}
_ELSEWHERE = "Answered by a function of its own, the only one with what typesets and signs."
_ANOTHER = f"Each call issues another report, with a number of its own. {_ELSEWHERE}"


def _parameter(name: str, says: str) -> Mapping[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": says,
        "schema": {"type": "string"},
    }


_DISPATCH = _parameter("dispatch_id", "A message's dispatch_id")

ROUTES: Mapping[str, Any] = {
    "/v1/messages/{dispatch_id}/evidence": {
        "get": {
            "tags": ["messages"],
            "summary": "A message's evidence: its chain and the seals over it",
            "description": _ELSEWHERE,
            "operationId": "get_evidence_v1_messages__dispatch_id__evidence_get",
            "parameters": [_DISPATCH],
            "responses": {
                "200": {
                    "description": "The chain; exact bytes stand as their hashes",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                "404": {"description": "No such message"},
            },
        }
    },
    "/v1/messages/{dispatch_id}/report": {
        "post": {
            "tags": ["reports"],
            "summary": "Issue the evidence report (laudo) of a message",
            "description": _ANOTHER,
            "operationId": "post_message_report_v1_messages__dispatch_id__report_post",
            "parameters": [_DISPATCH],
            "responses": {**_REPORT, "404": {"description": "No such message"}},
        }
    },
    "/v1/invoices/{external_id}/report": {
        "post": {
            "tags": ["reports"],
            "summary": "Issue the evidence report (laudo) of every message about an invoice",
            "description": _ANOTHER,
            "operationId": "post_invoice_report_v1_invoices__external_id__report_post",
            "parameters": [_parameter("external_id", "Your own id, percent-encoded")],
            "responses": {**_REPORT, "404": {"description": "No such invoice"}},
        }
    },
    "/v1/reports/{number}": {
        "get": {
            "tags": ["reports"],
            "summary": "An issued report, with a fresh address to fetch it from",
            "description": _ELSEWHERE,
            "operationId": "get_report_v1_reports__number__get",
            "parameters": [_parameter("number", "The report's number")],
            "responses": {
                "200": {
                    "description": "The report",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                "404": {"description": "No such report"},
            },
        }
    },
}
"""Paths and their operations, as OpenAPI wants them."""
