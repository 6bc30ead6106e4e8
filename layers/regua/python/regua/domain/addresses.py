"""Which e-mail and web addresses can be used: one rule for taking them in and for using them.

An address that is accepted today is written to, or redirected to, weeks later; a second and
stricter opinion then would come too late. Standard library only, and little of it: the function
that answers tracked links imports this on every cold start.
"""

import re
from urllib.parse import quote, urlsplit

_MAX_ADDRESS = 254
_MAX_LOCAL_PART = 64
_MAX_DOMAIN = 253
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*", re.ASCII)
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}", re.ASCII)
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_MAX_URL_CHARACTERS = 2048
_SAFE_CHARACTERS = "%/:?#[]@!$&'()*+,;=-._~"


def email_address(text: str) -> str:
    """Return a bare address with its domain in ASCII; quoted and UTF-8 local parts are refused.

    Source: RFC 5321 §4.5.3.1 (lengths), RFC 5322 §3.4.1 (dot-atom); SES takes a local part in
    ASCII only and a domain in Punycode
    (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html).

    Raises:
        ValueError: it is not an address that a message can be sent to.

    >>> email_address("ana.souza@café.example.com.br")
    'ana.souza@xn--caf-dma.example.com.br'
    """
    local_part, _, domain = text.strip(" ").rpartition("@")
    address = f"{local_part}@{domain_name(domain)}"
    well_formed = _LOCAL_PART.fullmatch(local_part) and len(local_part) <= _MAX_LOCAL_PART
    if not well_formed or len(address) > _MAX_ADDRESS:
        msg = "not a bare e-mail address"
        raise ValueError(msg)
    return address


def domain_name(text: str) -> str:
    """Return a domain of at least two labels, in ASCII.

    Raises:
        ValueError: it is none.
    """
    ascii_domain = text if text.isascii() else text.encode("idna").decode("ascii")
    if not _DOMAIN.fullmatch(ascii_domain) or len(ascii_domain) > _MAX_DOMAIN:
        msg = "not a domain name"
        raise ValueError(msg)
    return ascii_domain


def safe_url(url: object) -> str | None:
    """Return a web address as a Location header may carry it, or None when it may not.

    >>> safe_url("https://pagar.exemplo.com.br/f/1?nome=José")
    'https://pagar.exemplo.com.br/f/1?nome=Jos%C3%A9'
    >>> safe_url("javascript:alert(1)")
    """
    if not isinstance(url, str) or len(url) > _MAX_URL_CHARACTERS or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode()
        rest = quote(url.split("://", 1)[1][len(parts.netloc) :], safe=_SAFE_CHARACTERS)
    except (ValueError, IndexError):
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{rest}"


def takes_messages(e164: str) -> bool:
    """Tell whether text messages may be tried: a Brazilian mobile, or any line abroad.

    Source: Anatel Res. 749/2022: mobile numbers have nine digits, the first of them 9.

    >>> takes_messages("+5511987654321"), takes_messages("+551133334444")
    (True, False)
    """
    if not e164.startswith("+55"):
        return True
    return len(e164) == _MOBILE_LENGTH and e164[_FIRST_OF_LINE] == "9"


_MOBILE_LENGTH = len("+5511987654321")
_FIRST_OF_LINE = len("+5511")
