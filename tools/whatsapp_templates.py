"""Print our WhatsApp templates as AWS's CreateWhatsAppMessageTemplate takes them.

``python -m tools.whatsapp_templates --link-base https://cobranca.example.com.br`` writes one JSON
document per line; submit each for approval, and name those that are not approved under
``channels.whatsapp.not_approved`` of the creditor's document.
"""

import argparse
import json
import sys

from regua.adapters.whatsapp_templates import creation_document, our_templates
from regua.domain.whatsapp_templates import lint_registry


def main(arguments: list[str] | None = None) -> int:
    """Write the templates, unless one of them would be refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link-base", required=True, help="where tracked links point")
    options = parser.parse_args(arguments)
    templates = our_templates(f"{options.link_base.rstrip('/')}/c/")
    findings = lint_registry(templates)
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        return 1
    for template in templates:
        print(json.dumps(creation_document(template), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
