"""Pages with recipes: finding the blocks of a page, so that what is run is what stands there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/recipes.md"

_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)


def section(page: Path, heading: str) -> str:
    """What stands below a heading of the second level."""
    parts = _HEADING.split(page.read_text("utf-8"))
    return parts[parts.index(heading) + 1]


def blocks(page: Path, heading: str, language: str) -> list[str]:
    """The blocks of a language below a heading."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", section(page, heading), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no block of {language} below {heading!r}"
    return found


def block(page: Path, heading: str, language: str) -> str:
    """The one block of a language below a heading."""
    (found,) = blocks(page, heading, language)
    return found
