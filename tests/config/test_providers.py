"""The table of providers: one of each domain, servers that take TLS, a sentence on how to get in."""

from __future__ import annotations

from collections import Counter

import pytest

from dexcli.config import providers


def test_every_domain_has_one_provider() -> None:
    counted = Counter(domain for one in providers.PROVIDERS for domain in one.domains)
    assert [domain for domain, times in counted.items() if times > 1] == []
    assert all(domain == domain.lower() for domain in counted)


def test_every_hint_is_one_sentence_that_names_its_provider() -> None:
    for one in providers.PROVIDERS:
        assert one.hint.startswith(one.name)
        assert one.hint.endswith(".")
        assert ". " not in one.hint


def test_nobody_is_reached_without_tls() -> None:
    assert {one.security for one in providers.PROVIDERS} == {"tls", "starttls"}
    assert [one.slug for one in providers.PROVIDERS if one.security == "starttls"] == ["proton"]


@pytest.mark.parametrize(
    ("address", "host", "port", "local_part", "auth"),
    [
        ("ada@gmail.com", "imap.gmail.com", 993, False, "password"),
        ("Ada@GoogleMail.com", "imap.gmail.com", 993, False, "password"),
        ("ada@me.com", "imap.mail.me.com", 993, True, "password"),
        ("ada@fastmail.com", "imap.fastmail.com", 993, False, "password"),
        ("ada@hotmail.com", "outlook.office365.com", 993, False, "xoauth2"),
        ("ada@yahoo.com", "imap.mail.yahoo.com", 993, False, "password"),
        ("ada@aol.com", "imap.aol.com", 993, False, "password"),
        ("ada@gmx.de", "imap.gmx.net", 993, False, "password"),
        ("ada@gmx.com", "imap.gmx.com", 993, False, "password"),
        ("ada@web.de", "imap.web.de", 993, True, "password"),
        ("ada@mailbox.org", "imap.mailbox.org", 993, False, "password"),
        ("ada@posteo.net", "posteo.de", 993, False, "password"),
        ("ada@proton.me", "127.0.0.1", 1143, False, "password"),
    ],
)
def test_a_provider_is_known_by_the_domain(address: str, host: str, port: int, local_part: bool, auth: str) -> None:
    found = providers.of_address(address)
    assert found is not None
    assert (found.host, found.port, found.local_part, found.auth) == (host, port, local_part, auth)


def test_a_domain_of_ones_own_is_known_by_its_server() -> None:
    assert providers.of_address("ada@example.org") is None
    found = providers.of_host("Outlook.Office365.com")
    assert found is not None
    assert found.auth == "xoauth2"
    assert providers.of_host("127.0.0.1") is None, "that may be anybody's server"
