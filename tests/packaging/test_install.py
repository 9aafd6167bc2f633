"""The project installs the way users install programs, and what they get runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dexcli

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ALONG = (
    "share/bash-completion/completions/dex",
    "share/bash-completion/completions/dexcli",
    "share/zsh/site-functions/_dex",
    "share/fish/vendor_completions.d/dex.fish",
    "share/fish/vendor_completions.d/dexcli.fish",
    "share/man/man1/dex.1",
)
SAMPLES = ("phone.vcf", "Connections.csv", "interactions.csv", "mail.mbox")


def test_pipx_installs_a_program_that_runs(home: Path, tmp_path: Path) -> None:
    pipx = program("pipx", tmp_path)
    call(pipx, "install", "--quiet", "--python", sys.executable, ROOT)
    assert call(home / ".local/bin/dex", "--version").strip().endswith(dexcli.__version__)
    assert call(home / ".local/bin/dexcli", "--version") == call(home / ".local/bin/dex", "--version")
    assert (home / ".local/share/man/man1/dex.1").exists(), "man dex"
    comes_complete(Path(call(pipx, "environment", "--value", "PIPX_LOCAL_VENVS").strip()) / "dexcli")


def test_uv_installs_a_program_that_runs(home: Path, tmp_path: Path) -> None:
    uv = program("uv", tmp_path)
    call(uv, "tool", "install", "--quiet", "--python", sys.executable, ROOT)
    assert call(home / ".local/bin/dex", "--version").strip().endswith(dexcli.__version__)
    comes_complete(home / ".local/share/uv/tools/dexcli")


def comes_complete(environment: Path) -> None:
    """Everything that is no Python module is there too."""
    assert [name for name in ALONG if not (environment / name).is_file()] == []
    samples = next(environment.glob("lib/python*/site-packages/dexcli/samples"))
    assert [name for name in SAMPLES if not (samples / name).is_file()] == []


def program(name: str, folder: Path) -> Path:
    """An installer: the one of this machine, else one fetched into a folder of the test."""
    if found := shutil.which(name):
        return Path(found)
    call(sys.executable, "-m", "venv", folder / "tool")
    call(folder / "tool/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name)
    return folder / "tool/bin" / name


def call(*command: str | Path) -> str:
    """Run a command with a way out to the package index; returns its standard output."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
