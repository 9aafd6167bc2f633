"""What the project promises about itself: layers, a lean start, one supported Python, no silent skips."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHON = PROJECT["project"]["requires-python"].removeprefix(">=")

REASON_AT = {
    "pytest.skip": 0,
    "pytest.xfail": 0,
    "pytest.mark.skip": 0,
    **dict.fromkeys(("pytest.mark.skipif", "pytest.mark.xfail", "pytest.importorskip"), sys.maxsize),
}
"""Ways to skip a test, and the position from which on an argument is a reason; none where it needs its name."""
BARE = ("pytest.mark.skip", "pytest.mark.xfail")
"""Marks that may stand without parentheses, and then have no reason."""


def test_every_layer_imports_only_what_stands_below_it() -> None:
    lint = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout
    assert " 0 broken" in lint.stdout


def test_nothing_that_dex_needs_slows_down_every_start_of_python() -> None:
    # A line of a .pth file that begins with `import` runs at every start of the interpreter.
    hooks = {
        f"{name}: {file}"
        for name, installed in needed().items()
        for file in installed.files or ()
        if file.suffix == ".pth"
        and any(line.startswith(("import ", "import\t")) for line in (file.read_text() or "").splitlines())
    }
    assert hooks == set()


def test_what_dex_needs_is_found_through_its_dependencies() -> None:
    names = needed().keys()
    assert {"dexcli", "typer", "sqlite-utils"} <= names
    assert "click" in names, "sqlite-utils brings it: the walk over dependencies works"
    assert "pytest" not in names, "only what users install counts"


def test_typer_stays_below_the_version_that_imports_pydantic() -> None:
    typer = next(
        requirement
        for requirement in map(Requirement, PROJECT["project"]["dependencies"])
        if requirement.name == "typer"
    )
    assert not typer.specifier.contains("0.29.0")
    assert typer.specifier.contains(distribution("typer").version)
    assert "pydantic" not in needed()


def test_importing_typer_imports_no_pydantic() -> None:
    modules = subprocess.run(
        [sys.executable, "-c", "import sys, typer; print(*sys.modules)"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "typer" in modules
    assert [name for name in modules if name.partition(".")[0] in ("pydantic", "pydantic_core")] == []


def test_every_test_that_may_be_skipped_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in silent_skips(path.read_text(encoding="utf-8"))
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("pytest.skip()", [1]),
        ("pytest.skip('')", [1]),
        ("pytest.skip('no server')", []),
        ("pytest.skip(reason='no server')", []),
        ("@pytest.mark.skip\ndef test(): ...", [1]),
        ("@pytest.mark.skip(reason='slow')\ndef test(): ...", []),
        ("x = pytest.mark.skipif(not CORPUS, reason='')", [1]),
        ("x = pytest.mark.skipif(not CORPUS, reason=f'{CORPUS} is empty')", []),
        ("@pytest.mark.xfail\ndef test(): ...", [1]),
        ("pytest.importorskip('caldav')", [1]),
        ("pytest.importorskip('caldav', reason='no CalDAV')", []),
    ],
)
def test_a_silent_skip_is_found(source: str, lines: list[int]) -> None:
    assert list(silent_skips(source)) == lines


def test_one_python_is_named_everywhere() -> None:
    assert PROJECT["tool"]["mypy"]["python_version"] == PYTHON
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{PYTHON.replace('.', '')}"
    for name in ("README.md", "CONTRIBUTING.md", "Makefile"):
        said = set(re.findall(r"Python (\d\.\d+)", (ROOT / name).read_text(encoding="utf-8")))
        assert said == {PYTHON}, f"{name} speaks of Python {said}, pyproject.toml of {PYTHON}"


def test_the_license_is_the_one_that_is_declared() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith(f"{PROJECT['project']['license']} License")


def needed() -> dict[str, Distribution]:
    """Everything that is installed with dexcli, by name."""
    found: dict[str, Distribution] = {}
    todo = [Requirement("dexcli")]
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[name] = distribution(name)
        todo += [Requirement(text) for text in found[name].requires or ()]
    return found


def silent_skips(source: str) -> Iterator[int]:
    """Lines on which pytest is told to skip, or to expect a failure, without a reason."""
    called = set()
    # ast.walk visits a call before the name that it calls.
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (reason_at := REASON_AT.get(ast.unparse(node.func))) is not None:
            called.add(node.func)
            reasons = [word.value for word in node.keywords if word.arg == "reason"] or node.args[reason_at:]
            if not reasons or (isinstance(reasons[0], ast.Constant) and not reasons[0].value):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node not in called and ast.unparse(node) in BARE:
            yield node.lineno


def test_whatever_is_silenced_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])$", line)
    ]
    assert not silent, "no reason beside: " + ", ".join(silent)
