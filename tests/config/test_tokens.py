"""What a login leaves behind: kept in one place, by nobody else read, and never half written."""

from __future__ import annotations

import json
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail

from dexcli.config import tokens
from dexcli.config.tokens import Grant
from dexcli.errors import CredentialsError, NetworkError
from support.file_keyring import FileKeyring

REFRESH = "refresh-secret-of-ada"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


@pytest.fixture
def file(home: Path) -> Path:
    return home / ".local/state/dexcli/tokens/work.json"


@pytest.fixture
def in_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a keyring of this process."""
    before = keyring.get_keyring()
    kept = home / "keyring.json"
    monkeypatch.setenv("KEYRING_FILE", str(kept))
    keyring.set_keyring(_a(FileKeyring))
    yield kept
    keyring.set_keyring(before)


def _a(backend: type[KeyringBackend]) -> KeyringBackend:
    made: KeyringBackend = backend()
    return made


def grant(**said: Any) -> Grant:
    return Grant(
        **{
            "refresh": REFRESH,
            "secret": "of-the-client",
            "client_id": "dex-of-ada",
            "token_url": "https://auth.example.org/token",
            "store": "file",
            **said,
        }
    )


def same(found: Grant | None, wanted: Grant) -> bool:
    names = ("refresh", "secret", "client_id", "token_url", "store")
    return found is not None and all(getattr(found, name) == getattr(wanted, name) for name in names)


def test_a_file_is_ours_alone(environment: dict[str, str], file: Path) -> None:
    before = os.umask(0)
    try:
        assert tokens.keep("work", grant(), environment) == str(file)
    finally:
        os.umask(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (file.parent, file.parent.parent)] == [0o700, 0o700]
    assert same(tokens.find("work", environment), grant())
    assert [one.name for one in file.parent.iterdir()] == ["work.json"]
    assert tokens.forget("work", environment)
    assert not tokens.forget("work", environment)
    assert tokens.find("work", environment) is None


def test_it_is_in_one_place(environment: dict[str, str], file: Path, in_a_file: Path) -> None:
    assert tokens.usual_store() == ("keyring", "")
    tokens.keep("work", grant(), environment)
    assert tokens.keep("work", grant(store="keyring", refresh="b"), environment) == (
        "the keyring (file keyring of the tests)"
    )
    assert not file.exists()
    assert [key.split("/") for key in json.loads(in_a_file.read_text())] == [["dexcli", "work", "oauth"]]
    assert same(tokens.find("work", environment), grant(store="keyring", refresh="b"))
    tokens.keep("work", grant(secret=None), environment)
    assert json.loads(in_a_file.read_text()) == {}
    assert same(tokens.find("work", environment), grant(secret=None))


def test_where_there_is_no_keyring_it_is_a_file(environment: dict[str, str]) -> None:
    assert keyring.get_keyring().__class__ is fail.Keyring
    assert tokens.usual_store() == ("file", "there is no keyring")
    assert tokens.find("work", environment) is None
    with pytest.raises(CredentialsError) as caught:
        tokens.keep("work", grant(store="keyring"), environment)
    assert caught.value.message == "the login of account work cannot be kept in the keyring: there is no keyring"
    assert caught.value.hint == "dex account login work --store file tries another place"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_file_that_others_can_read_is_not_used(environment: dict[str, str], file: Path, mode: int) -> None:
    tokens.keep("work", grant(), environment)
    file.chmod(mode)
    with pytest.raises(CredentialsError, match="can be read or written by others"):
        tokens.find("work", environment)


def test_a_link_and_what_is_no_file_are_not_read(environment: dict[str, str], file: Path, home: Path) -> None:
    tokens.keep("work", grant(), environment)
    file.rename(home / "elsewhere")
    file.symlink_to(home / "elsewhere")
    with pytest.raises(CredentialsError):
        tokens.find("work", environment)
    file.unlink()
    os.mkfifo(file, 0o600)
    with pytest.raises(CredentialsError, match="is no file"):
        tokens.find("work", environment)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "\xff", '{"refresh_token": 7}', '{"refresh_token": "a", "client_id": "b"}', "[" * 9_999,
     '{"refresh_token": "", "client_id": "b", "token_url": "c"}',
     '{"refresh_token": "a", "client_id": "b", "token_url": "c", "client_secret": []}'],
)  # fmt: skip
def test_what_is_no_login_is_an_error_with_the_way_out(environment: dict[str, str], file: Path, text: str) -> None:
    tokens.keep("work", grant(), environment)
    file.write_text(text)
    with pytest.raises(CredentialsError) as caught:
        tokens.find("work", environment)
    assert caught.value.message == f"what is kept in {file} is no login of account work"
    assert caught.value.hint == "log in again: dex account login work"


def test_a_file_that_cannot_be_replaced_is_as_it_was(
    environment: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens.keep("work", grant(), environment)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CredentialsError, match="No space left on device") as caught:
        tokens.keep("work", grant(refresh="another-secret"), environment)
    assert "secret" not in caught.value.message
    assert same(tokens.find("work", environment), grant())
    assert [one.name for one in file.parent.iterdir()] == ["work.json"]


def test_without_a_home_there_is_no_place() -> None:
    with pytest.raises(CredentialsError, match="neither HOME nor XDG_STATE_HOME is set"):
        tokens.find("work", {})


def test_one_run_at_a_time_uses_a_refresh_token(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, errors = [0], [0], []

    def run() -> None:
        try:
            for _ in range(20):
                with tokens.alone("work", environment):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, errors) == ([1], [])
    monkeypatch.setattr(tokens, "SECONDS_TO_WAIT", 0.1)
    with (
        tokens.alone("work", environment),
        tokens.alone("other", environment),
        pytest.raises(NetworkError, match="another run of dex has been renewing the token of account work"),
        tokens.alone("work", environment),
    ):
        pass


def test_a_folder_that_cannot_be_written_is_named(environment: dict[str, str], home: Path) -> None:
    (home / ".local").write_text("no folder")
    with pytest.raises(CredentialsError, match="cannot be renewed"), tokens.alone("work", environment):
        pass
    with pytest.raises(CredentialsError, match="cannot be kept"):
        tokens.keep("work", grant(), environment)
    assert tokens.find("work", environment) is None


def test_a_keyring_that_fails_is_no_missing_login(environment: dict[str, str]) -> None:
    class Broken(FileKeyring):
        def get_password(self, service: str, username: str) -> str | None:
            raise RuntimeError(f"{service} {username} {REFRESH}")

    before = keyring.get_keyring()
    keyring.set_keyring(_a(Broken))
    try:
        with pytest.raises(CredentialsError) as caught:
            tokens.find("work", environment)
    finally:
        keyring.set_keyring(before)
    assert caught.value.message == "the login of account work cannot be looked up: the keyring failed (RuntimeError)"


def test_a_login_is_neither_shown_nor_written() -> None:
    assert repr(grant()) == "Grant(store='file')"
    with pytest.raises(TypeError):
        pickle.dumps(grant())
