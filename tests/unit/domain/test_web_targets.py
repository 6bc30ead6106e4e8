"""Where we may be asked to send: the table of what is refused, held against `ipaddress`'s own."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.domain.errors import InvalidInput
from regua.domain.web_targets import Target, is_allowed, is_public, read_target

NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2001:10::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = ("1.1.1.1", "8.8.8.8", "200.160.2.3", "172.32.0.1", "192.0.1.1", "2606:4700::1111")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_allowed(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("text", ["", "localhost", "8.8.8", "fe80::1%eth0", "2606:4700::1%1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_allowed(text)


@given(st.ip_addresses())
def test_whatever_the_standard_library_calls_special_is_refused(
    address: IPv4Address | IPv6Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved
        assert not address.is_private
        assert not address.is_link_local


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_refused_whatever_it_is(address: IPv4Address) -> None:
    number = int(address)
    for disguised in (
        number,  # IPv4-compatible
        (0xFFFF << 32) | number,  # IPv4-mapped
        (0x64FF9B << 96) | number,  # NAT64
        (0x2002 << 112) | (number << 80),  # 6to4
        (0x20010000 << 96) | (number ^ 0xFFFFFFFF),  # Teredo
    ):
        assert not is_public(IPv6Address(disguised))


def test_this_machine_is_allowed_only_where_it_is_meant() -> None:
    for address in ("127.0.0.1", "::1"):
        assert is_allowed(address, private=True)
        assert not is_allowed(address)
    assert not is_allowed("10.0.0.1", private=True)
    assert not is_allowed("169.254.169.254", private=True)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://erp.example.com.br", Target(True, "erp.example.com.br", 443, "/")),
        ("https://ERP.Example.com.br./a", Target(True, "erp.example.com.br", 443, "/a")),
        (
            "https://erp.example.com.br:8443/a?b=c",
            Target(True, "erp.example.com.br", 8443, "/a?b=c"),
        ),
        ("https://[2606:4700::1111]/", Target(True, "2606:4700::1111", 443, "/")),
        ("https://1.1.1.1/", Target(True, "1.1.1.1", 443, "/")),
    ],
)
def test_an_address_is_read(url: str, target: Target) -> None:
    assert read_target(url) == target


@pytest.mark.parametrize(
    ("url", "header"),
    [
        ("https://erp.example.com.br:443/", "erp.example.com.br"),
        ("https://erp.example.com.br:8443/", "erp.example.com.br:8443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_names_the_port_when_it_is_not_the_usual_one(url: str, header: str) -> None:
    assert read_target(url).authority == header


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://erp.example.com.br/",
        "ftp://erp.example.com.br/",
        "file:///etc/passwd",
        "//erp.example.com.br/",
        "https:///a",
        "https://",
        "https://user:senha@erp.example.com.br/",
        "https://@erp.example.com.br/",
        "https://erp.example.com.br:80/",
        "https://erp.example.com.br:22/",
        "https://erp.example.com.br:0/",
        "https://erp.example.com.br:99999/",
        "https://erp.example.com.br:x/",
        "https://erp.example.com.br/#a",
        "https://erp.example.com.br/a b",
        "https://erp.example.com.br/\r\nX-A: b",
        "https://erp.example.com.br\\@interno/",
        "https://cobrança.example.com.br/",
        "https://erp.example.com.br/" + "a" * 2_000,
        "https://[::1",
        "https://a_%2f/",
    ],
)
def test_what_is_no_address_to_send_to_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_target(url)
    assert [p.path for p in caught.value.problems] == ["body.url"]


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z0-9.:@/\[\]?#%-]{0,40}", fullmatch=True))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        target = read_target(text, private=True)
    except InvalidInput:
        return
    request_line = f"{target.path} {target.authority}"
    assert request_line.isascii()
    assert not set(target.path + target.authority) & set(" \r\n\t")
    assert "@" not in target.authority


def test_locally_plain_http_and_any_port_are_read() -> None:
    assert read_target("http://127.0.0.1:81/a", private=True) == Target(
        False, "127.0.0.1", 81, "/a"
    )
    assert ip_address("127.0.0.1").is_loopback
