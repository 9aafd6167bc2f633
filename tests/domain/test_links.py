"""Links by which other programs reach somebody."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain import links


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://www.linkedin.com/in/ada", "https://www.linkedin.com/in/ada"),
        ("github.com/ada", "https://github.com/ada"),
        (" http://example.org/a?b=c&d=%20#e ", "http://example.org/a?b=c&d=%20#e"),
        ("https://example.org/ünicode", "https://example.org/%C3%BCnicode"),
        ("HTTPS://Example.org", "HTTPS://Example.org"),
        ("https://example.org/$(touch$IFS/tmp/x);`y`", "https://example.org/%24%28touch%24IFS/tmp/x%29%3B%60y%60"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("ftp://example.org/x", None),
        ("-rf", None),
        ("--version", None),
        ("https://", None),
        ("https://example.org:99999999", None),
        ("https://[::1", None),
        ("https://user:secret@example.org/", None),
        ("https://example.org/a b", None),
        ("https://example.org/\x1b]0;x\x07", None),
        ("https://example.org/\u202egnp", None),
        ("https://example.org/" + "x" * 3_000, None),
        ("", None),
    ],
)
def test_only_pages_of_the_web_are_links(text: str, link: str | None) -> None:
    assert links.page(text) == link


@given(st.text())
def test_a_link_is_one_word_that_is_no_option(text: str) -> None:
    link = links.page(text)
    if link is not None:
        assert link.isascii()
        assert link.isprintable()
        assert not set(link) & set(" \"'<>`\\^{}|$;()!*")
        assert link[0] not in "-|"


def test_a_mail_is_begun_to_everybody_with_a_subject() -> None:
    link = links.mail(["ada@example.org", "o'brien+x@example.org"], subject="Tea & cake?\nyes")
    assert link == "mailto:ada@example.org,o'brien+x@example.org?subject=Tea%20%26%20cake%3F%0Ayes"
    assert links.mail(["ada@example.org"]) == "mailto:ada@example.org"


@given(st.lists(st.text(min_size=1), min_size=1), st.text())
def test_no_address_or_text_adds_a_field(addresses: list[str], subject: str) -> None:
    subject = subject.encode(errors="ignore").decode()
    addresses = [text.encode(errors="ignore").decode() for text in addresses]
    parts = urlsplit(links.mail(addresses, subject=subject))
    assert [unquote(one) for one in parts.path.split(",")] == addresses
    assert parts.query.count("=") == bool(subject)


@pytest.mark.parametrize(
    ("number", "link"),
    [
        ("+442079460958", "tel:+442079460958"),
        ("+44 20 7946 0958", "tel:+442079460958"),
        ("020 7946 0958", None),
        ("call me", None),
        ("+", None),
        ("", None),
    ],
)
def test_only_numbers_with_a_calling_code_are_called(number: str, link: str | None) -> None:
    assert links.call(number) == link
