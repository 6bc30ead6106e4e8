"""Mail to put through the carrier."""

from email import policy
from email.message import EmailMessage

DATED = "Sun, 01 Mar 2026 12:00:00 +0000"


def any_mail(
    to: str = "ana@cliente.example.com.br",
    *,
    subject: str = "Sua fatura vence amanhã",
    text: str = "Olá, Ana!\nPague em https://credor.example.com.br/f/1\n",
    html: str | None = None,
    dated: str | None = DATED,
) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "Credor Exemplo <cobranca@credor.example.com.br>"
    mail["To"] = to
    mail["Subject"] = subject
    if dated:
        mail["Date"] = dated
    mail["List-Unsubscribe"] = "<https://credor.example.com.br/u/t>"
    mail.set_content(text)
    body = html if html is not None else "<p>Olá, <a href='https://credor.example.com.br/c/t'>Ana"
    mail.add_alternative(body, subtype="html")
    mail.set_boundary("parte-1")
    return mail.as_bytes()
