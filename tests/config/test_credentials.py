"""The chain that finds a secret: in its order, within its time limits, and without ever showing what it found."""

from __future__ import annotations

import os
import pickle
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import msgspec
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from dexcli.config import accounts, credentials, keyrings
from dexcli.config.accounts import Account
from dexcli.config.credentials import Secret
from dexcli.errors import CancelledError, CredentialsError, ExitCode
from support.file_keyring import FileKeyring

PASSWORD = "correct horse"  # noqa: S105 - of the tests
VARIABLE = "DEXCLI_PASSWORD_WORK_MAIL"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyringBackend]:
    """A keyring, which is empty."""
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    found = a(FileKeyring)
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(a(fail.Keyring))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration file as dex writes it."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    path = folder / "config.toml"
    path.write_text("")
    path.chmod(0o600)
    return path


def a(backend: Any) -> KeyringBackend:
    """A keyring of that class, which has no types."""
    made: KeyringBackend = backend()
    return made


def account(**values: object) -> Account:
    """An account with a password, unless told."""
    return accounts.read("work-mail", {"type": "imap", "address": "ada@gmail.com", **values})


def printing(text: str, *, to: str = "stdout", code: int = 0) -> list[str]:
    """A command that prints a text and ends with a code."""
    return [sys.executable, "-c", f"import sys; sys.{to}.write({text!r}); sys.exit({code})"]


def answer(prompt: str) -> str:
    """What somebody types."""
    assert prompt == "Password of ada@gmail.com at imap.gmail.com: "
    return "typed password"


def refused(config: Path, one: Account, **options: Any) -> CredentialsError:
    """The error where there is no secret."""
    with pytest.raises(CredentialsError) as caught:
        credentials.find(one, config=config, **{"environment": {}, **options})
    assert caught.value.exit_code == ExitCode.SERVER
    assert caught.value.hint
    return caught.value


# -- the order ---------------------------------------------------------------------------------------------


def test_each_place_is_asked_only_where_those_before_it_have_nothing(config: Path, kept: KeyringBackend) -> None:
    kept.set_password("dexcli", "work-mail", "kept password")
    with_command = account(password_command=printing("printed password\nmore\n"))
    environment = {VARIABLE: "set password"}
    found = [
        credentials.find(with_command, config=config, environment=environment, ask=answer),
        credentials.find(account(), config=config, environment=environment, ask=answer),
        credentials.find(account(), config=config, environment={}, ask=answer),
    ]
    kept.delete_password("dexcli", "work-mail")
    found.append(credentials.find(account(), config=config, environment={VARIABLE: ""}, ask=answer))
    assert [(one.kind, one.value) for one in found] == [
        ("password", "printed password"),
        ("password", "set password"),
        ("password", "kept password"),
        ("password", "typed password"),
    ]
    assert [one.source for one in found] == [
        *(f"password_command ({sys.executable})", f"environment ({VARIABLE})", "keyring", "typed"),
    ]


def test_a_token_comes_from_its_command_or_the_environment_alone(config: Path, kept: KeyringBackend) -> None:
    kept.set_password("dexcli", "work-mail", PASSWORD)
    token = credentials.find(account(token_command=printing("ya29.token \r\n")), config=config, environment={})
    assert (token.kind, token.value) == ("token", "ya29.token")
    by_name = account(auth="oauthbearer")
    assert credentials.find(by_name, config=config, environment={VARIABLE: "t"}).kind == "token"
    error = refused(config, by_name, ask=answer)
    assert f"token_command in {config}, or set {VARIABLE}" in (error.hint or "")


def test_a_command_that_fails_is_not_passed_over(config: Path) -> None:
    failing = account(password_command=printing("no key\n", to="stderr", code=2))
    error = refused(config, failing, environment={VARIABLE: PASSWORD}, ask=answer)
    assert error.message == "the password_command of work-mail failed (2): no key"


def test_where_nobody_can_be_asked_the_two_other_ways_are_named(config: Path) -> None:
    error = refused(config, account())
    assert error.message == "there is no password for the account work-mail: nobody can be asked here"
    assert (error.hint or "").startswith(f"give it a password_command in {config}, or set {VARIABLE}\n")


def test_nothing_typed_is_cancelled(config: Path) -> None:
    def leave(_: str) -> str:
        raise EOFError

    for ask in (leave, lambda _: ""):
        with pytest.raises(CancelledError):
            credentials.find(account(), config=config, environment={}, ask=ask)


def test_the_place_is_told_without_looking_there() -> None:
    assert credentials.where(account(), {}) == "keyring or prompt"
    assert credentials.where(account(), {VARIABLE: "x"}) == f"environment ({VARIABLE})"
    assert credentials.where(account(password_command=["pass", "show", "x"]), {}) == "password_command (pass)"
    assert credentials.where(account(auth="xoauth2"), {}) == "none"


# -- commands ----------------------------------------------------------------------------------------------


def test_no_shell_reads_a_command(config: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import sys; print(sys.argv[1])", f"$HOME; touch {tmp_path}/made"]
    found = credentials.find(account(password_command=words), config=config, environment={})
    assert found.value == words[-1]
    assert not (tmp_path / "made").exists()


def test_spaces_around_a_password_are_part_of_it(config: Path) -> None:
    found = credentials.find(account(password_command=printing("  a b \r\n")), config=config, environment={})
    assert found.value == "  a b "


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["no-such-program-of-dex"], "cannot be run: no-such-program-of-dex: No such file or directory"),
        (["a\0b"], "cannot be run"),
        (printing(""), "prints nothing"),
        (printing("\nsecond line"), "prints nothing"),
        ([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff\\n')"], "prints what is no text"),
        (printing("a\0b"), "has more than one line"),
        (printing("first\n\x1b[31mlast\n\n", to="stderr", code=1), "failed (1): \x1b[31mlast"),
        (printing("x" * 10_000, to="stderr", code=1), "failed (1): " + "x" * 200),
    ],
)
def test_a_command_that_prints_no_secret_says_what_is_wrong(config: Path, command: list[str], said: str) -> None:
    error = refused(config, account(password_command=command))
    assert said in error.message
    assert len(error.message) < 300


def test_a_command_that_prints_without_end_is_stopped(config: Path) -> None:
    for command in (["sh", "-c", "yes x"], ["sh", "-c", "tr '\\0' x < /dev/zero"]):
        error = refused(config, account(password_command=command))
        assert error.message == "the password_command of work-mail prints more than 64 KiB, which is no password"


def test_messages_without_end_take_no_memory_and_hide_no_failure(config: Path) -> None:
    lines = "import sys; [sys.stderr.write('x' * 1000 + chr(10)) for _ in range(5_000)]; 1/0"
    error = refused(config, account(password_command=[sys.executable, "-c", lines]))
    assert error.message.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("printed", ["echo 'correct horse'", "printf 'correct horse'"])
def test_what_a_command_leaves_running_is_not_waited_for(config: Path, printed: str) -> None:
    begun = time.monotonic()
    agent = account(password_command=["sh", "-c", f"{printed}; sleep 20 &"])
    assert credentials.find(agent, config=config, environment={}).value == PASSWORD
    assert time.monotonic() - begun < 5
    failing = account(password_command=["sh", "-c", "sleep 20 & echo locked >&2; exit 2"])
    assert refused(config, failing).message.endswith("failed (2): locked")
    assert time.monotonic() - begun < 10


def test_a_line_that_comes_from_what_is_left_running_is_still_read(config: Path) -> None:
    late = account(password_command=["sh", "-c", "(sleep 0.8; echo 'correct horse') &"])
    assert credentials.find(late, config=config, environment={}).value == PASSWORD


def test_a_failure_does_not_repeat_the_secret(config: Path) -> None:
    for told in ("bad: correct horse!", "bad: " + " " * 190 + "correct horse", "bad: horses"):
        script = f"import sys; print({PASSWORD!r}); print('notes on horses'); sys.exit({told!r})"
        error = refused(config, account(password_command=[sys.executable, "-c", script]))
        assert "failed (1): bad:" in error.message
        assert "cor" not in error.message.partition("bad:")[2]
        assert "horse" not in error.message


def test_a_command_that_takes_too_long_is_ended(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.5)
    script = f"echo $$ > {tmp_path}/pid; exec sleep 60"
    refused(config, account(password_command=["sh", "-c", script]))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_command_has_a_time_limit(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.monotonic()
    sleeping = account(password_command=[sys.executable, "-c", f"print({PASSWORD!r}, flush=True); input(); 1/0"])
    assert "failed (1): EOFError" in refused(config, sleeping).message, "it has no input to wait for"
    sleeping = account(password_command=[sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.3)
    error = refused(config, sleeping)
    assert error.message == "the password_command of work-mail has not ended within 0.3 s"
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(("mode", "folder_mode"), [(0o666, 0o700), (0o620, 0o700), (0o600, 0o770), (0o600, 0o777)])
def test_no_command_is_run_from_a_file_that_others_can_write(
    config: Path, tmp_path: Path, mode: int, folder_mode: int
) -> None:
    config.chmod(mode)
    config.parent.chmod(folder_mode)
    command = [sys.executable, "-c", f"open({str(tmp_path / 'made')!r}, 'w')"]
    error = refused(config, account(password_command=command), environment={VARIABLE: PASSWORD})
    place = config if folder_mode == 0o700 else config.parent
    assert error.message == f"{place} can be written by others: no command in it is run"
    assert error.hint == f"chmod go-w {place}"
    assert not (tmp_path / "made").exists()
    assert credentials.find(account(), config=config, environment={VARIABLE: PASSWORD}).value == PASSWORD


def test_a_link_does_not_hide_who_can_write_the_file(config: Path, tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    link = open_folder / "config.toml"
    link.symlink_to(config)
    open_folder.chmod(0o777)
    command = account(password_command=printing(PASSWORD))
    assert refused(link, command).hint == f"chmod go-w {open_folder}"
    open_folder.chmod(0o1777)
    assert credentials.find(command, config=link, environment={}).value == PASSWORD, "nobody else can move it there"
    config.parent.chmod(0o777)
    assert refused(link, command).hint == f"chmod go-w {config.parent}"


def test_no_command_is_run_from_a_file_of_somebody_else(config: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(config, 65_534, -1)
    error = refused(config, account(password_command=printing(PASSWORD)))
    assert error.message == f"{config} belongs to somebody else: no command in it is run"
    assert error.hint == f"chown 0 {config}"


# -- the keyring -------------------------------------------------------------------------------------------


def test_what_is_kept_is_found_and_forgotten(config: Path) -> None:
    assert credentials.keep(account(), PASSWORD) == "file keyring of the tests"
    assert credentials.find(account(), config=config, environment={}).value == PASSWORD
    assert credentials.forget("work-mail")
    assert not credentials.forget("work-mail")
    refused(config, account())


class Broken(KeyringBackend):
    """Fails in every way, with the password in its message."""

    priority = 0.1

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(f"{PASSWORD} {service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"{password} {service} {username}")

    def delete_password(self, service: str, username: str) -> None:
        raise RuntimeError(f"{PASSWORD} {service} {username}")


class Locked(Broken):
    """Waits for somebody who unlocks it."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(60)
        return super().get_password(service, username)


def test_a_keyring_may_fail_in_any_way(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyrings, "SECONDS", 0.3)
    for backend, trouble in (
        (a(fail.Keyring), "there is no keyring"),
        (a(Broken), "the keyring failed (RuntimeError)"),
        (a(Locked), "the keyring did not answer within 0.3 s"),
    ):
        keyring.set_keyring(backend)
        error = refused(config, account())
        assert (
            error.message == f"there is no password for the account work-mail: {trouble}, and nobody can be asked here"
        )
        asked = credentials.find(account(), config=config, environment={}, ask=answer)
        assert asked.source == "typed"


def test_what_cannot_be_kept_is_an_error_without_the_password() -> None:
    readable = type("PlaintextKeyring", (FileKeyring,), {"__module__": "keyrings.alt.file"})
    for backend, said in (
        (a(fail.Keyring), "there is no keyring"),
        (a(Broken), "the keyring failed (RuntimeError)"),
        (a(null.Keyring), "the keyring keeps nothing"),
        (a(readable), "a readable file"),
    ):
        keyring.set_keyring(backend)
        with pytest.raises(CredentialsError) as caught:
            credentials.keep(account(), PASSWORD)
        assert said in caught.value.message
        assert VARIABLE in (caught.value.hint or "")
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    assert not Path(os.environ["KEYRING_FILE"]).exists()


def test_without_a_keyring_there_is_nothing_to_forget() -> None:
    keyring.set_keyring(a(fail.Keyring))
    assert not credentials.forget("work-mail")
    keyring.set_keyring(a(Broken))
    with pytest.raises(keyrings.KeyringTroubleError):
        credentials.forget("work-mail")


# -- nothing shows it --------------------------------------------------------------------------------------


def test_nothing_shows_a_secret_by_mistake() -> None:
    secret = Secret(kind="password", value=PASSWORD, source="typed")
    assert repr(secret) == str(secret) == "Secret(kind='password', source='typed')"
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not hasattr(secret, "__dict__")
