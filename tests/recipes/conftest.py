"""The sample network where `dex` looks for it, and the programs that stand beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.program import DEX, NOW, Dex


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sample network."""
    path = tmp_path_factory.mktemp("sample") / "demo.db"
    assert Dex()("demo", "--keep", path).code == 0
    return path


@pytest.fixture(autouse=True)
def path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dex` is in the path, on the 8th of March 2026, in an empty home directory."""
    monkeypatch.setenv("DEXCLI_NOW", NOW)
    monkeypatch.setenv("PATH", f"{DEX.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(home)


@pytest.fixture
def sample(home: Path, written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample network, as the page says: in `demo.db`."""
    path = Path(shutil.copy(written, home / "demo.db"))
    monkeypatch.setenv("DEXCLI_DB", str(path))
    return path
