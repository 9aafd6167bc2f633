"""Where files live: the XDG base directories, or what the user says.

Plain strings and `os.path`: the answers within a blink are given before pathlib is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Mapping


def database(option: str | None, environment: Mapping[str, str]) -> str | None:
    """`--db`, else `DEXCLI_DB`, else `$XDG_DATA_HOME/dexcli/dex.db`; None without a home directory."""
    return _chosen(option, environment, "DEXCLI_DB", "XDG_DATA_HOME", ".local/share", "dex.db")


def config(option: str | None, environment: Mapping[str, str]) -> str | None:
    """`--config`, else `DEXCLI_CONFIG`, else `$XDG_CONFIG_HOME/dexcli/config.toml`; None without a home directory."""
    return _chosen(option, environment, "DEXCLI_CONFIG", "XDG_CONFIG_HOME", ".config", "config.toml")


def state(environment: Mapping[str, str]) -> str | None:
    """The folder for crash reports and rescued texts: `$XDG_STATE_HOME/dexcli`."""
    base = _base(environment, "XDG_STATE_HOME", ".local/state")
    return base and os.path.join(base, "dexcli")


def stamp(path: str | None) -> str:
    """What tells whether a file has changed, without reading it; empty where there is none."""
    if path is None:
        return ""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{path}:{status.st_mtime_ns}:{status.st_size}"


def _chosen(
    option: str | None, environment: Mapping[str, str], variable: str, xdg: str, fallback: str, name: str
) -> str | None:
    chosen = option or environment.get(variable)
    if chosen:
        return chosen
    base = _base(environment, xdg, fallback)
    return base and os.path.join(base, "dexcli", name)


def _base(environment: Mapping[str, str], xdg: str, fallback: str) -> str | None:
    folder = environment.get(xdg)
    if folder and os.path.isabs(folder):  # a relative one is to be ignored, says the specification
        return folder
    home = environment.get("HOME")
    return os.path.join(home, fallback) if home else None
