"""Mail servers on this machine, for tests: Dovecot, with TLS and tokens, and pymap, which is there wherever pip is.

Both listen on 127.0.0.1, on ports that were free, keep all they have in a temporary folder, and end with the test.
Every test takes a user of its own, so that one server is enough for all.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
from imapclient import IMAPClient

from dexcli.sources.imap import ImapAccount

PASSWORD = "correct-horse"  # noqa: S105  # of nobody
GOOD_TOKEN = "good-token-of-"  # noqa: S105  # and the user's name
ARRIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""INTERNALDATE of the first message that `fill` stores; each further one comes a minute later."""

_DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
default_login_user = dovenull
default_internal_user = dovecot
default_internal_group = dovecot
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  # Nobody is made to wait for what others got wrong.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/home
}}
"""

_OAUTH2 = """\
tokeninfo_url = http://127.0.0.1:{port}/tokeninfo?access_token=
username_attribute = email
active_attribute = active
active_value = true
"""


class _Tokens(BaseHTTPRequestHandler):
    """Says whose token it is, as the great providers do."""

    def do_GET(self) -> None:  # the name that http.server gives it
        token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
        good = token.startswith(GOOD_TOKEN)
        answer = {"active": True, "email": token.removeprefix(GOOD_TOKEN)} if good else {"error": "invalid_token"}
        self.send_response(200 if good else 401)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass


class MailServer:
    """A server that runs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._users = itertools.count(1)

    def user(self) -> str:
        """Somebody who has no mail yet."""
        return f"user{os.getpid()}x{next(self._users)}"

    def account(self, user: str, **said: Any) -> ImapAccount:
        """The account of that user, without TLS and with the password unless something else is said."""
        return ImapAccount(
            **{
                "name": "test",
                "address": f"{user}@example.org",
                "host": "127.0.0.1",
                "port": self.port,
                "security": "none",
                "user": user,
                "auth": "password",
                "secret": lambda: ("password", PASSWORD),
                **said,
            }
        )

    @contextlib.contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A mail program of that user."""
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20) as client:
            client.login(user, PASSWORD)
            yield client

    def fill(self, user: str, folder: str, messages: Iterable[bytes]) -> None:
        """Store messages by APPEND, all at once."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.multiappend(
                folder,
                [
                    {"msg": message, "date": datetime.fromtimestamp(ARRIVED.timestamp() + 60 * number, UTC)}
                    for number, message in enumerate(messages)
                ],
            )


class Dovecot(MailServer):
    """Dovecot, and its certificates."""

    def __init__(self, folder: Path, port: int, tls_port: int) -> None:
        super().__init__(port)
        self.folder = folder
        self.tls_port = tls_port
        self.ca_file = str(folder / "ca.pem")

    def deliver(self, user: str, folder: str, messages: Iterable[bytes]) -> None:
        """Put many messages into a folder at once, as a mail transport would."""
        box = self.folder / "mail" / user / f".{folder}"
        for name in ("cur", "new", "tmp"):
            (box / name).mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(messages):
            file = box / "cur" / f"{int(ARRIVED.timestamp()) + number}.M{number}P1.test,S={len(message)}:2,S"
            file.write_bytes(message)
            os.utime(file, (ARRIVED.timestamp() + 60 * number,) * 2)
        subprocess.run(["chown", "-R", "mail:mail", str(box.parent)], check=True)

    def log(self) -> str:
        """What it wrote down."""
        return (self.folder / "dovecot.log").read_text(errors="replace")


def why_no_dovecot() -> str:
    """Why Dovecot cannot be started here; empty: it can."""
    if shutil.which("dovecot") is None:
        return "dovecot is not installed (apt install dovecot-imapd)"
    if os.geteuid() != 0:
        return "Dovecot runs as root only, with users of its own for its parts"
    try:
        pwd.getpwnam("dovenull")
    except KeyError:
        return "Dovecot's users are missing"
    return ""


@contextlib.contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Dovecot while it is needed."""
    with TemporaryDirectory(prefix="dexcli-dovecot-", ignore_cleanup_errors=True) as temporary, _tokens() as tokens:
        folder = Path(temporary)
        folder.chmod(0o755)
        (folder / "mail").mkdir()
        shutil.chown(folder / "mail", "mail", "mail")
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "server.key"))
        for blob in certificate.cert_chain_pems:
            blob.write_to_path(str(folder / "server.pem"), append=True)
        port, tls_port = free_ports(2)
        (folder / "oauth2.conf").write_text(_OAUTH2.format(port=tokens))
        config = _DOVECOT.format(folder=folder, port=port, tls_port=tls_port, password=PASSWORD)
        (folder / "dovecot.conf").write_text(config)
        with _process(["dovecot", "-F", "-c", str(folder / "dovecot.conf")], port):
            yield Dovecot(folder, port, tls_port)


@contextlib.contextmanager
def pymap() -> Iterator[MailServer]:
    """pymap, which knows one user; it is that of every test."""
    (port,) = free_ports(1)
    program = str(Path(sys.executable).with_name("pymap"))
    said = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "managesieve"]
    with _process([program, *said, "dict", "--demo-user", "ada", "--demo-password", PASSWORD], port):
        server = MailServer(port)
        server.user = lambda: "ada"  # type: ignore[method-assign]  # it knows nobody else
        yield server


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextlib.contextmanager
def _process(argv: Sequence[str], port: int) -> Iterator[None]:
    """A program while it listens on a port. What it complains about goes to a file: a pipe that is full stops it."""
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(
            argv,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
            # It outlives the test that is the first to ask for it, and that test's temporary folder.
            env={**os.environ, "TMPDIR": tempfile.gettempdir()},
        ) as process,
    ):
        try:
            end = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > end:
                        process.kill()
                        complaints.seek(0)
                        said = complaints.read().decode(errors="replace")
                        raise RuntimeError(f"{argv[0]} does not start: {said}") from None
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _tokens() -> Iterator[int]:
    """The port of a server that knows tokens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tokens)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
