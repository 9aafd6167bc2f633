"""Writes the pages that are generated: `make docs`. With a folder, into that instead of the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import help_pages
import json_pages
import manual
import sample

ROOT = Path(__file__).parents[2]


def texts() -> dict[str, str]:
    """Every generated page, by its place in the checkout."""
    return {
        "docs/commands.md": help_pages.page(),
        **{f"docs/json/{name}": text for name, text in json_pages.pages(sample.examples())},
        "man/dex.1": manual.page(),
    }


def write(root: Path) -> None:
    """Write them, and take away pages of commands that are gone."""
    pages = texts()
    for page in (root / "docs/json").glob("*.md"):
        if f"docs/json/{page.name}" not in pages:
            page.unlink()
    for name, text in pages.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else ROOT)
