"""The program, and the people whom it knows in the tests of the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support import network
from support.program import Dex


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that knows the network."""
    path = tmp_path_factory.mktemp("network") / "dex.db"
    network.write(path)
    return path


@pytest.fixture
def db(home: Path, written: Path) -> Path:
    """The network, where the program looks for its database."""
    path = home / ".local/share/dexcli/dex.db"
    path.parent.mkdir(parents=True, mode=0o700)
    return Path(shutil.copy(written, path))


@pytest.fixture
def known(dex: Dex, db: Path) -> Dex:
    """The program that knows some people."""
    assert db.exists()
    return dex
