"""What the locale of the environment tells: a language for dates in words, a country for numbers without one."""

from __future__ import annotations

import os


def name() -> str:
    """The name of the locale in which dates are written."""
    return os.environ.get("LC_ALL") or os.environ.get("LC_TIME") or os.environ.get("LANG") or ""


def region_of(locale: str) -> str | None:
    """Take the region out of a locale's name: `de_DE.UTF-8` is `DE`, `C` and `en` have none."""
    language, *more = locale.partition(".")[0].partition("@")[0].replace("-", "_").split("_")
    if not more or not _is_word(language, 2, 3) or not _is_word(more[-1], 2, 2):
        return None
    script = more[:-1]
    return more[-1].upper() if not script or (len(script) == 1 and _is_word(script[0], 4, 4)) else None


def _is_word(text: str, least: int, most: int) -> bool:
    return least <= len(text) <= most and text.isascii() and text.isalpha()


def language_of(locale: str) -> str:
    """Take the language out of a locale's name, in two letters: `de_DE.UTF-8` is `de`; English where it has none."""
    language = locale.partition("_")[0].partition(".")[0].lower()
    return language if len(language) == 2 else "en"  # noqa: PLR2004 - ISO 639-1
