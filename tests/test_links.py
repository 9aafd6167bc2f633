"""Every link between pages leads somewhere: to a file that is there, and to a heading in it; so does the map."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|`[^`]*`)*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page that is checked in, or is about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("the pages are known by git, and this is no checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def anchors(text: str) -> set[str]:
    """What the headings of a page can be linked by, as GitHub makes it: once more with a number."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", _FENCE.sub("", text), re.MULTILINE):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        times = found.get(slug, 0)
        found[slug] = times + 1
        if times:
            found[f"{slug}-{times}"] = 1
    return set(found)


def links(text: str) -> list[str]:
    """Where a page leads within the project."""
    told = _LINK.findall(_FENCE.sub("", text))
    return [link for link in told if not re.match(r"[a-z][a-z+.-]*:", link)]


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    dead = []
    seen = 0
    for page in pages():
        for link in links(page.read_text("utf-8")):
            seen += 1
            name, _, anchor = link.partition("#")
            target = (page.parent / unquote(name)).resolve() if name else page
            if not target.exists() or (anchor and unquote(anchor) not in anchors(target.read_text("utf-8"))):
                dead.append(f"{page.relative_to(ROOT)}: {link}")
    assert seen > 100
    assert dead == []


def test_every_page_is_found_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        todo += [(page.parent / unquote(link.partition("#")[0])).resolve() for link in links(page.read_text("utf-8"))]
    assert sorted(str(page.relative_to(ROOT)) for page in set(pages()) - reached) == []


def test_the_index_has_every_page_beside_it() -> None:
    index = ROOT / "docs/README.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text("utf-8"))}
    assert set(index.parent.glob("*.md")) - listed - {index} == set()
    assert {page / "README.md" for page in index.parent.iterdir() if (page / "README.md").exists()} - listed == set()


def test_headings_are_linked_as_they_are_on_the_web() -> None:
    text = "# What `dex` does\n\n```sh\n# no heading\n```\n## A, b & c\n## A, b & c\n### [Linked](x.md) _word_\n"
    assert anchors(text) == {"what-dex-does", "a-b--c", "a-b--c-1", "linked-_word_"}
    assert links("[a](b.md#c) ![no](d.png) [e](https://example.org) `f`\n```\n[h](i)\n```\n") == ["b.md#c"]


def test_the_map_names_files_that_are_there_and_names_that_are_in_them() -> None:
    table = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Where do I add")[2]
    wrong, seen = [], 0
    for row in re.findall(r"^\| (.*) \|$", table, re.MULTILINE):
        for names, path in re.findall(r"((?:`\w+`(?:, | and )?)*)(?: in | of )?`([\w./]+/[\w.]*)`", row):
            seen += 1
            place = next((one for one in (ROOT / "src/dexcli" / path, ROOT / path) if one.exists()), None)
            if place is None and "_vN" not in path:
                wrong.append(path)
            elif place is not None and place.is_file():
                text = place.read_text("utf-8")
                wrong += [
                    f"{path}: {name}" for name in re.findall(r"`(\w+)`", names) if not re.search(rf"\b{name}\b", text)
                ]
    assert seen > 100
    assert wrong == []


WHOLE = ("results", "cli/commands", "cli/commands/account", "samples")
"""Packages whose line tells what each of their modules is."""


def test_every_module_has_its_place_on_the_map() -> None:
    tree = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## The tree")[2].partition("```\n\n")[0]
    told = dict(re.findall(r"^  (\w+)/ (.*?)(?=^  [\w-]|\Z)", tree, re.MULTILINE | re.DOTALL))
    missing = []
    for path in sorted((ROOT / "src/dexcli").rglob("*.py")):
        package = path.parent.relative_to(ROOT / "src/dexcli").as_posix()
        if path.name == "__init__.py" or package in (*WHOLE, "."):
            continue
        words = re.findall(r"[\w*]+(?:\.py)?", told[package])
        if not any(fnmatch(path.name, word) or path.stem == word for word in words):
            missing.append(f"{package}/{path.name}")
    assert not missing, ", ".join(missing)
