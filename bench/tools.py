"""What dex is measured beside: a bare Typer, and the peers; installed once into a cache folder, never next to dex.

Baselines (`python -c pass`, `import typer`) are taken in an environment that holds nothing but dex's own version of
Typer, so that a heavy dependency of dex never makes a goal easier. frm and friends are not measured: neither is
packaged for Debian or PyPI.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

PEERS = ("khard", "todoman", "jrnl")
PROGRAMS = ("task", "khard", "todo", "jrnl")


class Tools(NamedTuple):
    """Paths of programs; a peer that is not there is None."""

    dex: Path
    sqlite_utils: Path
    """dex depends on it: the same version, in the same environment."""
    bare: Path
    """A Python whose environment holds only Typer."""
    peers: dict[str, Path | None]


def find(bare: Path | None, peers: Path | None) -> Tools:
    """Take the interpreter and the folder of peers that were named, or install them into the cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dexcli-bench"
    typer = f"typer=={version('typer')}"
    bare = bare or _installed(cache / typer.replace("==", "-"), (typer,)) / "python"
    folder = peers or _installed(cache / "peers", PEERS)
    found = {name: shutil.which(name, path=f"{folder}:/usr/local/bin:/usr/bin") for name in PROGRAMS}
    return Tools(
        dex=Path(sys.executable).with_name("dex"),
        sqlite_utils=Path(sys.executable).with_name("sqlite-utils"),
        bare=bare,
        peers={name: Path(path) if path else None for name, path in found.items()},
    )


def _installed(folder: Path, packages: Sequence[str]) -> Path:
    """The programs of an environment with these packages; whatever cannot be installed is left out."""
    done = folder / "installed"
    if not done.exists():
        print(f"bench: installing {' '.join(packages)} into {folder} (once)", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        for package in packages:
            pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
            if subprocess.run(pip, check=False).returncode:
                print(f"bench: cannot install {package}", file=sys.stderr)
        done.touch()
    return folder / "bin"
