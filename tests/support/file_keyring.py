"""A keyring in a file, for programs under test: `PYTHON_KEYRING_BACKEND=support.file_keyring.FileKeyring`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps everything in the file that `KEYRING_FILE` names; it is chosen only where it is asked for."""

    priority = 0.1
    name = "file keyring of the tests"

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError(username)
        self._write(kept)

    def _all(self) -> dict[str, str]:
        file = Path(os.environ["KEYRING_FILE"])
        found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return found

    def _write(self, kept: dict[str, str]) -> None:
        Path(os.environ["KEYRING_FILE"]).write_text(json.dumps(kept))


class StubbornKeyring(FileKeyring):
    """Gives nothing up."""

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError(f"{service}/{username}")


class LockedKeyring(FileKeyring):
    """Answers nothing; beside its file it writes down for what it was asked."""

    def get_password(self, service: str, username: str) -> str | None:
        with Path(os.environ["KEYRING_FILE"]).with_name("asked").open("a") as asked:
            asked.write(f"{service}/{username}\n")
        raise KeyringLocked(username)
