"""Reading mail from real servers: Dovecot where it can be started, pymap everywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec
import pytest

from dexcli.domain.records import Checkpoint, InteractionRecord, SourceItem
from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.sources.base import CHECKPOINT_EVERY, Source
from dexcli.sources.imap import ImapAccount, Patience, check, open_account
from support import servers
from support.scripted import letters
from support.servers import ARRIVED, GOOD_TOKEN, PASSWORD, Dovecot, MailServer
from support.source_contract import SourceContract

AT_ONCE = Patience(connect=5, read=5, pauses=(0.0, 0.0), wait=lambda _: None)
MAIL = [block + b"Shall we meet?\r\n" for block in letters(range(1, 6)).values()]
ANSWERS = [block + b"We shall.\r\n" for block in letters(range(1, 4), "answer").values()]


def read(account: ImapAccount, cursor: str | None = None) -> list[SourceItem]:
    return list(open_account(account, AT_ONCE).read(cursor))


def titles(items: list[SourceItem]) -> list[str | None]:
    return [item.title for item in items if isinstance(item, InteractionRecord)]


def cursor_of(items: list[SourceItem]) -> str:
    last = items[-1]
    assert isinstance(last, Checkpoint)
    return last.cursor


class OnServer(SourceContract):
    """What every source promises, over a mailbox."""

    server: MailServer
    user: str

    def source(self) -> Source:
        return open_account(self.server.account(self.user, folders=("INBOX", "Sent")), AT_ONCE)

    def large_source(self) -> Source:
        return open_account(self.server.account(self.user, folders=("Large",)), AT_ONCE)


class TestDovecot(OnServer):
    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def mailbox(cls, dovecot: Dovecot) -> None:
        cls.server, cls.user = dovecot, dovecot.user()
        dovecot.deliver(cls.user, "Large", letters(range(2 * CHECKPOINT_EVERY + 500), "large").values())
        dovecot.fill(cls.user, "INBOX", MAIL)
        dovecot.fill(cls.user, "Sent", ANSWERS)


class TestPymap(OnServer):
    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def mailbox(cls) -> Iterator[None]:
        with servers.pymap() as server:
            cls.server, cls.user = server, server.user()
            server.fill(cls.user, "INBOX", MAIL)
            server.fill(cls.user, "Sent", ANSWERS)
            if servers.why_no_dovecot():
                server.fill(cls.user, "Large", letters(range(2 * CHECKPOINT_EVERY + 500), "large").values())
            yield

    def large_source(self) -> Source:
        if not servers.why_no_dovecot():
            pytest.skip("Dovecot is there for that, and faster")
        return super().large_source()


def test_dovecot_and_pymap_give_equal_records(dovecot: Dovecot, pymap: MailServer) -> None:
    found = []
    for server in (dovecot, pymap):
        user = server.user()
        server.fill(user, "INBOX", MAIL)
        server.fill(user, "Sent", ANSWERS)
        found.append(
            [
                msgspec.structs.replace(item, origin=None, where="")
                for item in read(server.account(user))
                if isinstance(item, InteractionRecord)
            ]
        )
    assert found[0] == found[1]
    assert len(found[0]) == 8


def test_mail_in_sent_went_out(pymap: MailServer) -> None:
    pymap.fill("ada", "INBOX", MAIL[:1])
    pymap.fill("ada", "Sent", ANSWERS[:1])
    directions = [item.direction for item in read(pymap.account("ada")) if isinstance(item, InteractionRecord)]
    assert directions == [None, "out"]


def test_a_record_says_where_it_was_seen(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "Büro & Freunde", MAIL[:1])
    (item, _) = read(dovecot.account(user, name="work"))
    assert isinstance(item, InteractionRecord)
    assert item.where == "work/Büro & Freunde:1"
    assert (item.origin.source, item.origin.account, item.origin.folder, item.origin.ref) == (
        "imap", "work", "Büro & Freunde", "1",
    )  # fmt: skip
    assert int(item.origin.epoch) > 0


def test_when_a_mail_arrived_stands_in_for_its_date(pymap: MailServer) -> None:
    pymap.fill("ada", "INBOX", [b"From: ada@example.org\r\nTo: me@example.org\r\nSubject: undated\r\n\r\n"])
    (item, _) = read(pymap.account("ada"))
    assert isinstance(item, InteractionRecord)
    assert item.when == ARRIVED


def test_reading_changes_nothing_on_the_server(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "INBOX", MAIL)
    read(dovecot.account(user, store_bodies=True))
    with dovecot.client(user) as client:
        assert client.folder_status("INBOX", ["UNSEEN", "RECENT"]) == {b"UNSEEN": 5, b"RECENT": 5}


def test_only_what_is_new_is_read_the_next_time(pymap: MailServer) -> None:
    account = pymap.account("ada")
    pymap.fill("ada", "INBOX", MAIL[:3])
    cursor = cursor_of(read(account))
    assert titles(read(account, cursor)) == []
    pymap.fill("ada", "INBOX", MAIL[3:])
    assert titles(read(account, cursor)) == ["letter 4", "letter 5"]


def test_a_deleted_last_message_makes_nothing_new(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "INBOX", MAIL[:3])
    cursor = cursor_of(read(dovecot.account(user)))
    dovecot.fill(user, "INBOX", MAIL[3:])
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.delete_messages([4, 5])
        client.expunge()
    assert titles(read(dovecot.account(user), cursor)) == []


def test_a_folder_with_another_uidvalidity_is_read_again(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "Friends", MAIL[:3])
    dovecot.fill(user, "INBOX", ANSWERS)
    first = read(dovecot.account(user))
    with dovecot.client(user) as client:
        client.delete_folder("Friends")
    dovecot.fill(user, "Friends", MAIL[:3])
    again = read(dovecot.account(user), cursor_of(first))
    assert titles(again) == ["letter 1", "letter 2", "letter 3"]
    keys = {item.key for item in first if isinstance(item, InteractionRecord)}
    assert {item.key for item in again if isinstance(item, InteractionRecord)} <= keys
    assert titles(read(dovecot.account(user), cursor_of(again))) == []


def test_full_reads_everything_whatever_the_cursor_says(pymap: MailServer) -> None:
    pymap.fill("ada", "INBOX", MAIL)
    cursor = cursor_of(read(pymap.account("ada")))
    assert len(titles(read(pymap.account("ada", full=True), cursor))) == 5


def test_since_leaves_out_what_arrived_before_it_on_the_first_reading_only(dovecot: Dovecot) -> None:
    user = dovecot.user()
    old = datetime(2019, 5, 1, 12, tzinfo=UTC)
    with dovecot.client(user) as client:
        client.append("INBOX", MAIL[0], msg_time=old)
        client.append("INBOX", MAIL[1], msg_time=ARRIVED)
    account = dovecot.account(user, since=date(2025, 1, 1))
    first = read(account)
    assert titles(first) == ["letter 2"]
    with dovecot.client(user) as client:
        client.append("INBOX", MAIL[2], msg_time=old)
    assert titles(read(account, cursor_of(first))) == ["letter 3"], "what is new is new, whenever it arrived elsewhere"


def test_bodies_are_read_where_the_account_says_so(pymap: MailServer) -> None:
    pymap.fill("ada", "INBOX", MAIL[:1])
    for store_bodies, body in ((True, "Shall we meet?"), (False, None)):
        (item, _) = read(pymap.account("ada", store_bodies=store_bodies))
        assert isinstance(item, InteractionRecord)
        assert item.body == body


def test_of_a_mail_without_end_only_the_beginning_is_fetched(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "INBOX", [MAIL[0] + b"x" * 70 + b"\r\n" + b"attached " * 2_000_000])
    (item, _) = read(dovecot.account(user, store_bodies=True))
    assert isinstance(item, InteractionRecord)
    assert item.body is not None
    assert item.body.startswith("Shall we meet?")


# -- folders ----------------------------------------------------------------------------------------------


def test_junk_trash_and_drafts_are_not_read(dovecot: Dovecot) -> None:
    user = dovecot.user()
    for number, folder in enumerate(("INBOX", "Junk", "Trash", "Drafts")):
        dovecot.fill(user, folder, MAIL[number : number + 1])
    assert titles(read(dovecot.account(user))) == ["letter 1"]
    assert titles(read(dovecot.account(user, folders=("Junk",)))) == ["letter 2"]


def test_a_chosen_folder_that_is_not_there_is_an_error_that_lists_those_that_are(pymap: MailServer) -> None:
    pymap.fill("ada", "Friends", MAIL)
    with pytest.raises(ServerError, match="account test has no folder 'Freinds'") as caught:
        read(pymap.account("ada", folders=("Freinds", "INBOX")))
    assert caught.value.hint == "there are: Friends, INBOX"


def test_check_tells_what_would_be_read_and_what_not(dovecot: Dovecot) -> None:
    user = dovecot.user()
    dovecot.fill(user, "INBOX", MAIL)
    dovecot.fill(user, "Trash", MAIL[:2])
    found = check(dovecot.account(user), AT_ONCE)
    assert {(folder.name, folder.messages, folder.read, folder.why) for folder in found.folders} == {
        ("Drafts", 0, False, "drafts are not sent yet"),
        ("INBOX", 5, True, ""),
        ("Junk", 0, False, "junk"),
        ("Sent", 0, True, "sent"),
        ("Trash", 2, False, "deleted mail"),
    }
    assert "CONDSTORE" in found.capabilities


# -- getting in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("auth", ["password", "xoauth2", "oauthbearer"])
def test_every_way_in_works(dovecot: Dovecot, security: str, auth: str) -> None:
    user = dovecot.user()
    secret = ("password", PASSWORD) if auth == "password" else ("token", GOOD_TOKEN + user)
    account = dovecot.account(
        user,
        port=dovecot.tls_port if security == "tls" else dovecot.port,
        security=security,
        ca_file=dovecot.ca_file,
        auth=auth,
        secret=lambda: secret,
    )
    assert len(check(account, AT_ONCE).folders) == 5


@pytest.mark.parametrize("auth", ["password", "xoauth2", "oauthbearer"])
def test_a_refused_login_names_the_account_and_the_remedy_and_no_secret(dovecot: Dovecot, auth: str) -> None:
    kind = "password" if auth == "password" else "token"
    account = dovecot.account("ada", name="work", auth=auth, secret=lambda: (kind, "hunter2-hunter2"))
    with pytest.raises(CredentialsError) as caught:
        read(account)
    error = caught.value
    place = f"127.0.0.1:{dovecot.port}"
    assert f"{place}: the server does not take the {kind} of account work for user ada" in error.message
    assert ("dex account login work" if kind == "password" else "token_command of account work") in str(error.hint)
    assert (
        "hunter2"
        not in f"{error.message}{error.hint}{error.__cause__}{error.__suppress_context__ or error.__context__}"
    )


def test_a_password_of_any_letters_is_sent_as_it_is(dovecot: Dovecot) -> None:
    """It is wrong, but the server gets to say so: nothing fails on the way."""
    for secret in ('quo"te\\', "pass wörd", "пароль", "%s{}"):
        with pytest.raises(CredentialsError, match="AUTHENTICATIONFAILED"):
            read(dovecot.account("some one", secret=lambda secret=secret: ("password", secret)))


@pytest.mark.parametrize("secret", ["", "two\r\nA1 LOGOUT"])
def test_a_secret_of_no_or_two_lines_is_not_sent(pymap: MailServer, secret: str) -> None:
    with pytest.raises(CredentialsError, match="is empty or more than one line"):
        read(pymap.account("ada", secret=lambda: ("token", secret)))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused(dovecot: Dovecot, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with pytest.raises(ServerError, match="certificate is not to be trusted") as caught:
        read(dovecot.account("ada", security=security, port=port))
    assert not isinstance(caught.value, NetworkError), "waiting does not help"
    assert "ca_file in account test" in str(caught.value.hint)


def test_a_certificate_of_another_host_is_refused(dovecot: Dovecot) -> None:
    account = dovecot.account("ada", host="127.0.0.2", security="tls", port=dovecot.tls_port, ca_file=dovecot.ca_file)
    with pytest.raises(ServerError) as caught:
        read(account)
    assert "127.0.0.2" in caught.value.message


def test_a_file_of_certificates_that_is_none_is_named(pymap: MailServer) -> None:
    with pytest.raises(ServerError, match=r"the certificates in /nowhere\.pem cannot be read"):
        read(pymap.account("ada", security="tls", ca_file="/nowhere.pem"))


def test_a_server_that_does_not_turn_to_tls_never_sees_the_password(pymap: MailServer) -> None:
    def secret() -> tuple[str, str]:
        pytest.fail("the password was asked for")

    with pytest.raises(ServerError, match="does not turn to TLS"):
        read(pymap.account("ada", security="starttls", secret=secret))


def test_tls_where_the_server_speaks_none_says_which_port_is_for_what(pymap: MailServer) -> None:
    with pytest.raises(ServerError) as caught:
        read(pymap.account("ada", security="tls"))
    assert "993 is for tls" in str(caught.value.hint)


def test_imapclient_is_loaded_only_where_a_server_is_read() -> None:
    code = (
        "import sys, dexcli.sources.imap; from dexcli.sources.registry import FORMATS;"
        " print([name for name in sys.modules if name.startswith('imapclient')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
