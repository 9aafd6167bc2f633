"""The names of locales."""

from __future__ import annotations

import pytest

from dexcli.cli.locales import language_of, region_of


@pytest.mark.parametrize(
    ("locale", "region", "language"),
    [
        ("de_DE.UTF-8", "DE", "de"),
        ("en-us", "US", "en"),
        ("de_AT@euro", "AT", "de"),
        ("zh_Hant_TW", "TW", "zh"),
        ("fr.UTF-8", None, "fr"),
        ("C", None, "en"),
        ("C.UTF-8", None, "en"),
        ("POSIX", None, "en"),
        ("en", None, "en"),
        ("es_419", None, "es"),
        ("", None, "en"),
    ],
)
def test_a_locale_tells_region_and_language(locale: str, region: str | None, language: str) -> None:
    assert (region_of(locale), language_of(locale)) == (region, language)
