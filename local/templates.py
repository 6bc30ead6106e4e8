"""Register the WhatsApp templates with the carrier, as an operator does once with Meta.

Without them the carrier knows a message's parameters but neither its words nor its buttons' links.
"""

import json

from local import aws
from local.place import Place

ACCOUNT_ID = "waba-00000000000000000000000000000001"


def register_templates(place: Place) -> int:
    """Register every template of ours, its links as this cloud answers them; return how many."""
    from regua.adapters.whatsapp_templates import (  # noqa: PLC0415 - as late as boto3
        creation_document,
        our_templates,
    )

    client = aws.client(place.carrier_url, "socialmessaging")
    templates = our_templates(f"{place.api_url}/c/")
    for template in templates:
        definition = json.dumps(creation_document(template), ensure_ascii=False).encode()
        client.create_whatsapp_message_template(id=ACCOUNT_ID, templateDefinition=definition)
    return len(templates)
