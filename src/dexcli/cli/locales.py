"""What the locale of the environment tells: a language for dates in words, a country for numbers without one."""

from __future__ import annotations

import os
import re

_NAME = re.compile(r"[a-z]{2,3}[_-](?:[a-z]{4}[_-])?([a-z]{2})(?:[.@].*)?", re.IGNORECASE | re.DOTALL)


def name() -> str:
    """The name of the locale in which dates are written."""
    return os.environ.get("LC_ALL") or os.environ.get("LC_TIME") or os.environ.get("LANG") or ""


def region_of(locale: str) -> str | None:
    """Take the region out of a locale's name: `de_DE.UTF-8` is `DE`, `C` and `en` have none."""
    found = _NAME.fullmatch(locale)
    return found[1].upper() if found else None


def language_of(locale: str) -> str:
    """Take the language out of a locale's name, in two letters: `de_DE.UTF-8` is `de`; English where it has none."""
    language = locale.partition("_")[0].partition(".")[0].lower()
    return language if len(language) == 2 else "en"  # noqa: PLR2004 - ISO 639-1
