"""What holds for every test: a home of its own, no network beyond this machine, the same day, zone and width."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from support.program import Dex, Terminal

if TYPE_CHECKING:
    from support import dav_servers, servers

SEALED = Path(__file__).parent / "support" / "sealed"

# The same examples in every run, so that a failure is the change's and not the day's.
settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# New examples in every run: HYPOTHESIS_PROFILE=explore make test
settings.register_profile(
    "explore", max_examples=1_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as behind `&` in a shell: what a test starts would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory, and an environment in which nothing of the developer's is left."""
    with (
        TemporaryDirectory(prefix="dexcli-home-", ignore_cleanup_errors=True) as folder,
        TemporaryDirectory(prefix="dexcli-tmp-", ignore_cleanup_errors=True) as temporary,
    ):
        for name in list(os.environ):
            if name.startswith(("DEXCLI_", "DEX_", "_DEX_", "XDG_", "LC_")) and name != "DEXCLI_CORPUS":
                monkeypatch.delenv(name)
        for name in (
            *("LANG", "LANGUAGE", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "EDITOR", "VISUAL"),
            # Without .pyc files every start costs several times as much.
            *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONWARNINGS", "COLORTERM", "TTY_COMPATIBLE"),
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", folder)
        monkeypatch.setenv("TMPDIR", temporary)  # what killed programs leave there is nobody else's
        for name, place in {
            "XDG_CONFIG_HOME": ".config",
            "XDG_DATA_HOME": ".local/share",
            "XDG_STATE_HOME": ".local/state",
            "XDG_CACHE_HOME": ".cache",
            "XDG_RUNTIME_DIR": ".runtime",
        }.items():
            monkeypatch.setenv(name, f"{folder}/{place}")
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.setenv("TERM", "dumb")
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setenv("LINES", "24")
        monkeypatch.setenv("PAGER", "cat")
        monkeypatch.setenv("PYTHONPATH", str(SEALED))
        # Nothing of the developer's is asked for a password.
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        yield Path(folder)
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def dex() -> Dex:
    """The installed program with pipes: `dex("due", "--json").json`."""
    return Dex()


@pytest.fixture
def terminal() -> Terminal:
    """The installed program on a terminal of 80 columns: `terminal("due").text`."""
    return Terminal()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[servers.Dovecot]:
    """Dovecot, started once; `dovecot.user()` is somebody new."""
    from support import servers

    if reason := servers.why_no_dovecot():
        pytest.skip(reason)
    with servers.dovecot() as server:
        yield server


@pytest.fixture
def pymap() -> Iterator[servers.MailServer]:
    """pymap, without any mail."""
    from support import servers

    with servers.pymap() as server:
        yield server


@pytest.fixture
def mail_server(request: pytest.FixtureRequest) -> servers.MailServer:
    """A server for what every server can do: Dovecot where it is, else pymap."""
    from support import servers

    server: servers.MailServer = request.getfixturevalue("pymap" if servers.why_no_dovecot() else "dovecot")
    return server


@pytest.fixture(scope="session")
def radicale() -> Iterator[dav_servers.DavServer]:
    """Radicale, started once; `radicale.user()` is somebody new."""
    from support import dav_servers

    with dav_servers.radicale() as server:
        yield server


@pytest.fixture(scope="session")
def xandikos() -> Iterator[dav_servers.DavServer]:
    """Xandikos, started once; its one user has a new calendar or address book for every test."""
    from support import dav_servers

    with dav_servers.xandikos() as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def dav_server(request: pytest.FixtureRequest) -> dav_servers.DavServer:
    """A server of calendars and address books: one after the other."""
    server: dav_servers.DavServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def corpus() -> Path:
    """The folder with real files of many programs."""
    folder = os.environ.get("DEXCLI_CORPUS")
    if not folder:
        pytest.skip("DEXCLI_CORPUS names no folder with the corpus")
    return Path(folder)
