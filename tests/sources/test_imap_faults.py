"""Gmail's extensions, and servers that hang up, stall, lie or answer nonsense: nothing is lost and nothing doubled."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import date

import pytest

from dexcli.domain.records import Checkpoint, InteractionRecord, Skipped, SourceItem
from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.sources._imap_client import MOST_FOUND, Client
from dexcli.sources.imap import BATCH, ImapAccount, Patience, check, open_account
from support.scripted import DRIP, HANG_UP, SILENCE, Folder, fetched, letters, scripted

AT_ONCE = Patience(connect=5, read=5, pauses=(0.0, 0.0), wait=lambda _: None)
IMPATIENT = Patience(connect=0.3, read=0.3, pauses=(0.0, 0.0), wait=lambda _: None)


def read(account: ImapAccount, cursor: str | None = None, patience: Patience = AT_ONCE) -> list[SourceItem]:
    return list(open_account(account, patience).read(cursor))


def outcome(account: ImapAccount, patience: Patience) -> tuple[list[SourceItem], ServerError | None]:
    try:
        return read(account, patience=patience), None
    except ServerError as error:
        return [], error


def titles(items: list[SourceItem]) -> list[str | None]:
    return [item.title for item in items if isinstance(item, InteractionRecord)]


def skipped(items: list[SourceItem]) -> list[Skipped]:
    return [item for item in items if isinstance(item, Skipped)]


def cursor_of(items: list[SourceItem]) -> str:
    last = items[-1]
    assert isinstance(last, Checkpoint)
    return last.cursor


def anywhere(items: list[SourceItem]) -> list[SourceItem]:
    """The same, whatever the port was."""
    return [
        Checkpoint(cursor=re.sub(r'"port":\d+', "", item.cursor)) if isinstance(item, Checkpoint) else item
        for item in items
    ]


def inbox(*uids: int) -> dict[str, Folder]:
    return {"INBOX": Folder(letters(uids))}


def only_fetch(change: Callable[[str, bytes], bytes]) -> Callable[[int, str, bytes], bytes]:
    """A twist of the answers to FETCH."""
    return lambda _, command, answer: change(command, answer) if command.startswith("UID FETCH") else answer


# -- how much is asked ------------------------------------------------------------------------------------


@pytest.mark.parametrize("messages", [1, 5_000])
def test_nothing_new_takes_a_list_and_a_status_however_large_the_folder_is(messages: int) -> None:
    folders = {"INBOX": Folder(letters(range(1, messages + 1))), "Sent": Folder(letters([1], "sent"), flags="\\Sent")}
    with scripted(folders) as server:
        cursor = cursor_of(read(server.account()))
        server.commands.clear()
        assert titles(read(server.account(), cursor)) == []
    asked = [command.partition(" ")[0] for command in server.commands if command != "CAPABILITY"]
    assert asked == ["LIST", "STATUS", "STATUS"]


def test_nothing_new_takes_one_request_where_the_server_can_do_that() -> None:
    def with_status(_: int, command: str, answer: bytes) -> bytes:
        assert not command.startswith("STATUS")
        return b'* STATUS "INBOX" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1)\r\n' + answer if "RETURN" in command else answer

    with scripted(inbox(1, 2), "LIST-EXTENDED SPECIAL-USE LIST-STATUS", with_status) as server:
        cursor = cursor_of(read(server.account()))
        server.commands.clear()
        assert titles(read(server.account(), cursor)) == []
    asked = [command for command in server.commands if command != "CAPABILITY"]
    assert asked == ['LIST "" "*" RETURN (SPECIAL-USE STATUS (UIDNEXT UIDVALIDITY MESSAGES))']


def test_a_server_that_cannot_do_what_it_says_is_asked_in_the_old_way() -> None:
    with scripted(
        inbox(1),
        "LIST-EXTENDED SPECIAL-USE LIST-STATUS",
        lambda _, command, answer: b"<tag> BAD what?\r\n" if "RETURN" in command else answer,
    ) as server:
        assert titles(read(server.account())) == ["letter 1"]


def test_headers_are_fetched_and_no_envelope_and_no_flag_is_set() -> None:
    with scripted(inbox(1, 2)) as server:
        read(server.account(store_bodies=True))
    fetches = [command for command in server.commands if "FETCH" in command]
    assert [re.sub(r"\(DATE [^)]*\)", "(...)", command.upper()) for command in fetches] == [
        "UID FETCH 1,2 (INTERNALDATE BODY.PEEK[HEADER.FIELDS (...)])",
        "UID FETCH 1,2 (BODY.PEEK[]<0.262144>)",
    ]
    assert [command for command in server.commands if command.startswith(("SELECT", "STORE"))] == []


def test_a_folder_is_read_in_batches_and_a_checkpoint_follows_each() -> None:
    with scripted(inbox(*range(1, 2 * BATCH + 2))) as server:
        items = read(server.account())
        assert len([command for command in server.commands if "FETCH" in command]) == 3
        places = [index for index, item in enumerate(items) if isinstance(item, Checkpoint)]
        assert places == [BATCH, 2 * BATCH + 1, 2 * BATCH + 3]
        first = items[places[0]]
        assert isinstance(first, Checkpoint)
        assert titles(read(server.account(), first.cursor)) == titles(items)[BATCH:]


def test_a_thousand_small_folders_do_not_make_a_thousand_checkpoints() -> None:
    folders = {f"F{number:04}": Folder(letters([1], f"f{number}x")) for number in range(1_000)}
    with scripted(folders) as server:
        items = read(server.account())
    assert len(titles(items)) == 1_000
    assert len([item for item in items if isinstance(item, Checkpoint)]) == 1_000 // BATCH + 1


def test_the_uids_of_a_huge_folder_are_asked_in_pieces_and_none_is_lost_or_doubled() -> None:
    uids = range(1, 3 * (2 * MOST_FOUND + 10), 3)
    with scripted({"INBOX": Folder(dict.fromkeys(uids, b""))}) as server:
        client = Client("127.0.0.1", server.port, None, connect=5, read=20, greeting=5)
        client.login("me", "pw")
        client.examine("INBOX")
        found = client.uids(5, max(uids) - 1, len(uids), None)
        assert list(found) == list(uids)[2:-1]
        client.shutdown()
    searches = [command for command in server.commands if "SEARCH" in command]
    assert len(searches) == 3


def test_only_the_first_reading_searches_by_date() -> None:
    with scripted(inbox(1, 2)) as server:
        account = server.account(since=date(2020, 2, 29))
        cursor = cursor_of(read(account))
        server.folders["INBOX"].messages.update(letters([3]))
        assert titles(read(account, cursor)) == ["letter 3"]
    assert [command for command in server.commands if "SEARCH" in command] == [
        "UID SEARCH UID 1:2 SINCE 29-Feb-2020", "UID SEARCH UID 3:3",
    ]  # fmt: skip


def says_uidnext(number: int) -> Callable[[int, str, bytes], bytes]:
    """A twist: the server says so of every folder."""
    return lambda _, _command, answer: re.sub(rb"UIDNEXT \d+", b"UIDNEXT %d" % number, answer)


def test_a_folder_that_was_restored_with_fewer_messages_is_read_again() -> None:
    with scripted(inbox(*range(1, 11))) as server:
        cursor = cursor_of(read(server.account()))
        server.folders["INBOX"].messages = letters(range(1, 6), "restored")
        items = read(server.account(), cursor)
        assert titles(items) == [f"restored {uid}" for uid in range(1, 6)]
        assert titles(read(server.account(), cursor_of(items))) == []


@pytest.mark.parametrize("uidnext", [0, 2**31 + 1, 2**32 - 1])
def test_a_uidnext_that_cannot_be_passes_over_nothing(uidnext: int) -> None:
    with scripted(inbox(*range(1, 11)), twist=says_uidnext(uidnext)) as server:
        first = read(server.account())
        assert len(titles(first)) == 10
        server.folders["INBOX"].messages |= letters([11])
        items = read(server.account(), cursor_of(first))
        assert titles(items) == ["letter 11"]
        server.twist = lambda _connection, _command, answer: answer
        server.folders["INBOX"].messages |= letters([12])
        assert titles(read(server.account(), cursor_of(items))) == ["letter 12"]


def test_a_uidnext_that_was_too_high_for_once_hides_nothing_for_ever() -> None:
    with scripted(inbox(1, 2), twist=says_uidnext(1_000_000)) as server:
        first = read(server.account())
        server.twist = lambda _connection, _command, answer: answer
        server.folders["INBOX"].messages |= letters([3])
        assert "letter 3" in titles(read(server.account(), cursor_of(first)))


def test_without_a_uidnext_what_is_older_than_since_stays_left_out() -> None:
    def nothing_since(_: int, command: str, answer: bytes) -> bytes:
        answer = re.sub(rb"UIDNEXT \d+", b"UIDNEXT 0", answer)
        return b"* SEARCH\r\n<tag> OK done\r\n" if "SINCE" in command else answer

    with scripted(inbox(1, 2), twist=nothing_since) as server:
        account = server.account(since=date(2030, 1, 1))
        items = read(account)
        assert titles(items) == []
        assert titles(read(account, cursor_of(items))) == []


def test_a_folder_that_is_left_out_of_a_list_for_once_keeps_its_place() -> None:
    folders = {**inbox(1, 2), "Work": Folder(letters([1], "work"))}
    with scripted(folders) as server:
        cursor = cursor_of(read(server.account()))
        work = server.folders.pop("Work")
        cursor = cursor_of(read(server.account(), cursor))
        server.folders["Work"] = work
        work.messages |= letters([2], "work")
        assert titles(read(server.account(), cursor)) == ["work 2"]


def test_the_places_of_folders_that_are_gone_do_not_pile_up() -> None:
    with scripted({f"F{number}": Folder() for number in range(1_500)}) as server:
        cursor = cursor_of(read(server.account()))
        server.folders = inbox(1)
        cursor = cursor_of(read(server.account(), cursor))
    assert cursor.count("uidvalidity") == 1_001


def test_what_was_written_before_since_is_left_out_though_it_arrived_later() -> None:
    """As in a mailbox that was copied to another server."""

    def dated(*uids: int, on: bytes) -> dict[int, bytes]:
        return {uid: block.replace(b"Sun, 1 Mar 2026", on) for uid, block in letters(uids).items()}

    folder = Folder({**dated(1, on=b"2 May 2016"), **dated(2, on=b"31 May 2025"), **letters([3])})
    with scripted({"INBOX": folder}) as server:
        account = server.account(since=date(2025, 6, 1))
        items = read(account)
        assert titles(items) == ["letter 2", "letter 3"], "where they were it may have been June"
        folder.messages |= dated(4, on=b"2 May 2016")
        assert titles(read(account, cursor_of(items))) == ["letter 4"], "what is new is new"


# -- Gmail ------------------------------------------------------------------------------------------------


def test_of_gmail_all_mail_is_read_with_its_labels_and_without_drafts() -> None:
    """What belongs together is told by References, as it is of the same mail by any other road."""
    everything = Folder(letters([7, 8, 9]), flags="\\HasNoChildren \\All")
    everything.messages[8] = b"References: <letter7@example.org>\r\n" + everything.messages[8]
    everything.more = {
        7: r'X-GM-LABELS ("\\Inbox" "B&APw-ro")',
        8: r'X-GM-LABELS ("\\Sent" Important)',
        9: r"X-GM-LABELS (\Draft)",
    }
    folders = {
        "INBOX": Folder(letters([1], "inbox")),
        "[Gmail]/Alle Nachrichten": everything,
        "[Gmail]/Gesendet": Folder(letters([1], "sent"), flags="\\Sent"),
    }
    with scripted(folders, "X-GM-EXT-1 ID") as server:
        items = read(server.account())
        assert [folder.name for folder in check(server.account()).folders if folder.read] == [
            "[Gmail]/Alle Nachrichten"
        ]
    found = [item for item in items if isinstance(item, InteractionRecord)]
    assert [(item.title, item.direction) for item in found] == [("letter 7", None), ("letter 8", "out")]
    assert [item.thread for item in found] == ["mail:letter7@example.org"] * 2
    assert "X-GM-THRID" not in said(server.commands)
    assert found[0].origin.folder == "[Gmail]/Alle Nachrichten"
    assert 'ID ("name" "dexcli")' in server.commands


# -- interruptions ----------------------------------------------------------------------------------------

LETTERS = {"INBOX": Folder(letters(range(1, 8))), "Sent": Folder(letters(range(1, 4), "sent"), flags="\\Sent")}


def _length() -> int:
    with scripted(LETTERS) as server:
        read(server.account())
        return server.sent


class Cut:
    """Ends the first connections when so many bytes were sent on them."""

    def __init__(self, after: int, connections: int) -> None:
        self.left = dict.fromkeys(range(1, connections + 1), after)

    def __call__(self, connection: int, _: str, answer: bytes) -> bytes:
        if connection not in self.left:
            return answer
        self.left[connection] -= len(answer)
        return answer if self.left[connection] > 0 else answer[: self.left[connection] or None][: len(answer)] + HANG_UP


def test_a_connection_cut_after_any_byte_loses_and_doubles_nothing() -> None:
    with scripted(LETTERS) as server:
        undisturbed = anywhere(read(server.account()))
    for after in range(0, _length(), 3):
        with scripted(LETTERS, twist=Cut(after, 1)) as server:
            assert anywhere(read(server.account())) == undisturbed, f"cut after {after} bytes"


def test_a_connection_that_is_always_cut_is_an_error_or_all_there_is() -> None:
    with scripted(LETTERS) as server:
        undisturbed = anywhere(read(server.account()))
    for after in range(0, _length(), 61):
        with scripted(LETTERS, twist=Cut(after, 10_000)) as server:
            items, error = outcome(server.account(), AT_ONCE)
            server.twist = lambda _connection, _command, answer: answer
            rest = read(server.account(), cursor_of(items)) if skipped(items) else []
        if error is None:
            assert sorted(map(str, titles(items) + titles(rest))) == sorted(map(str, titles(undisturbed)))
            assert skipped(rest) == []
        else:
            assert f"127.0.0.1:{server.port}" in error.message
            assert error.hint


def test_what_came_before_the_last_checkpoint_is_not_read_again_after_an_interruption() -> None:
    def twist(_: int, command: str, answer: bytes) -> bytes:
        beyond = command.startswith("UID FETCH") and int(command.split()[2].partition(",")[0]) > BATCH
        return HANG_UP if beyond and broken else answer

    broken = True
    with scripted(inbox(*range(1, BATCH + 101)), twist=twist) as server:
        found: list[SourceItem] = []
        with pytest.raises(NetworkError, match="folder INBOX"):
            found.extend(open_account(server.account(), AT_ONCE).read(None))
        source = open_account(server.account(), AT_ONCE).read(None)
        found = [next(source) for _ in range(BATCH + 1)]
        with pytest.raises(NetworkError):
            next(source)
        broken = False
        rest = read(server.account(), cursor_of(found))
    assert titles(found) + titles(rest) == [f"letter {number}" for number in range(1, BATCH + 101)]
    assert skipped(rest) == []


def test_a_server_that_stalls_is_given_up_after_a_few_tries() -> None:
    with (
        scripted(inbox(1, 2, 3), twist=only_fetch(lambda _, answer: answer[:40] + SILENCE)) as server,
        pytest.raises(NetworkError, match="folder INBOX: the server does not answer"),
    ):
        read(server.account(), patience=IMPATIENT)
    assert server.connections == 3


def test_a_server_that_stalls_once_is_asked_again() -> None:
    with scripted(
        inbox(1, 2, 3), twist=lambda number, command, answer: SILENCE if "FETCH" in command and number == 1 else answer
    ) as server:
        assert titles(read(server.account(), patience=IMPATIENT)) == ["letter 1", "letter 2", "letter 3"]


def test_a_server_that_says_nothing_at_all_is_a_network_error() -> None:
    with (
        scripted(inbox(1), twist=lambda *_: SILENCE) as server,
        pytest.raises(NetworkError, match="the server does not answer"),
    ):
        read(server.account(), patience=IMPATIENT)


def test_every_login_asks_for_the_secret_anew_as_tokens_expire() -> None:
    tokens = iter(["old", "new"])
    with scripted(
        inbox(1),
        "SASL-IR",
        twist=lambda number, command, answer: HANG_UP if "FETCH" in command and number == 1 else answer,
    ) as server:
        assert titles(read(server.account(secret=lambda: ("password", next(tokens))))) == ["letter 1"]
    assert next(tokens, None) is None


def test_a_check_does_not_try_twice() -> None:
    with scripted(inbox(1), twist=lambda *_: HANG_UP) as server, pytest.raises(NetworkError):
        check(server.account())
    assert server.connections == 1


def test_a_goodbye_in_the_middle_is_survived() -> None:
    with scripted(
        inbox(*range(1, 6)),
        twist=lambda number, command, answer: (
            answer[:300] + b"\r\n* BYE shutting down\r\n" + HANG_UP if "FETCH" in command and number == 1 else answer
        ),
    ) as server:
        assert len(titles(read(server.account()))) == 5


def test_too_many_connections_are_waited_for() -> None:
    pauses: list[float] = []
    patience = Patience(pauses=(1.0, 5.0), wait=pauses.append)
    with scripted(
        inbox(1), twist=lambda number, command, answer: b"* BYE too many\r\n" if number < 3 and not command else answer
    ) as server:
        assert titles(read(server.account(), patience=patience)) == ["letter 1"]
    assert pauses == [1.0, 5.0]


def test_a_folder_that_gets_another_uidvalidity_during_an_interruption_is_begun_again() -> None:
    folders = inbox(*range(1, 6))

    def twist(number: int, command: str, answer: bytes) -> bytes:
        if number == 1 and "FETCH" in command:
            folders["INBOX"] = Folder(letters([11, 12], "new"), uidvalidity=2)
            return HANG_UP
        return answer

    with scripted(folders, twist=twist) as server:
        items = read(server.account())
        assert titles(items) == ["new 11", "new 12"]
        assert {item.origin.epoch for item in items if isinstance(item, InteractionRecord)} == {"2"}


# -- bad messages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [1, 4, 9])
@pytest.mark.parametrize(
    "answer",
    [
        b"<tag> BAD internal error\r\n",
        b"<tag> NO [SERVERBUG] cannot read that one\r\n",
        b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] {5}\r\n<tag> OK done\r\n" + HANG_UP,
        b"* 1 FETCH (UID ((((((\r\n<tag> OK done\r\n",
        b"* 1 FETCH " + b"(" * 5_000 + b"\r\n<tag> OK done\r\n",
        b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (FROM)] {99999999999999}\r\n",
        b"\xff\xfe\x00 nonsense\r\n",
        b"* 1 FETCH (UID 1 X " + b"y" * 1_100_000 + b")\r\n<tag> OK done\r\n",
        HANG_UP,
    ],
    ids=["bad", "no", "short", "open", "deep", "huge", "garbage", "long", "hang-up"],
)
def test_a_message_that_spoils_its_batch_is_found_and_skipped(bad: int, answer: bytes) -> None:
    with scripted(
        inbox(*range(1, 10)),
        twist=only_fetch(lambda command, good: answer if str(bad) in command.split()[2].split(",") else good),
    ) as server:
        items = read(server.account(name="work"))
        assert titles(items) == [f"letter {uid}" for uid in range(1, 10) if uid != bad]
        (item,) = skipped(items)
        assert item.where == f"work/INBOX:{bad}"
        assert item.reason
        again = read(server.account(name="work"), cursor_of(items))
        assert titles(again) == []
        assert [item.where for item in skipped(again)] == [f"work/INBOX:{bad}"], "it has a second chance"
        server.twist = lambda _connection, _command, good: good
        assert titles(read(server.account(name="work"), cursor_of(items))) == [f"letter {bad}"]
        server.commands.clear()
        assert [type(item) for item in read(server.account(name="work"), cursor_of(again))] == [Checkpoint]
        assert "EXAMINE INBOX" not in said(server.commands)


@pytest.mark.parametrize("by", [-30, -1, 1, 30, 200])
def test_a_length_that_lies_costs_one_message_at_most(by: int) -> None:
    def lie(command: str, _: bytes) -> bytes:
        uids = [int(uid) for uid in command.split()[2].split(",")]
        blocks = letters(uids)
        lines = [fetched(uid, uid, blocks[uid], size=len(blocks[uid]) + by * (uid == 3)) for uid in uids]
        return b"".join(lines) + b"<tag> OK done\r\n" + (HANG_UP if 3 in uids else b"")

    with scripted(inbox(*range(1, 8)), twist=only_fetch(lie)) as server:
        items = read(server.account())
    assert [title for title in titles(items) if title != "letter 3"] == [f"letter {uid}" for uid in (1, 2, 4, 5, 6, 7)]


def archive_fails(answer: bytes) -> Callable[[int, str, bytes], bytes]:
    """A twist: one folder gives no message."""
    return only_fetch(lambda _, good: answer if b"archive" in good else good)


@pytest.mark.parametrize("messages", [1, 3, 30, 500])
@pytest.mark.parametrize("answer", [b"<tag> NO not today\r\n", HANG_UP], ids=["no", "hang-up"])
def test_a_folder_that_gives_no_message_is_skipped_and_keeps_its_place(messages: int, answer: bytes) -> None:
    archive = [f"archive {uid}" for uid in range(1, messages + 1)]
    folders = {"Archive": Folder(letters(range(1, messages + 1), "archive")), **inbox(1)}
    with scripted(folders, twist=archive_fails(answer)) as server:
        items = read(server.account())
        assert titles(items) == ["letter 1"]
        assert [item.where for item in skipped(items)] == ["test/Archive"], "and no message is to blame"
        again = read(server.account(), cursor_of(items))
        assert (titles(again), [item.where for item in skipped(again)]) == ([], ["test/Archive"])
        server.twist = lambda _connection, _command, good: good
        assert titles(read(server.account(), cursor_of(again))) == archive


def test_a_folder_whose_connections_break_for_a_while_is_read_after_the_others() -> None:
    folders = {"Archive": Folder(letters([1, 2], "archive")), **inbox(1)}
    with scripted(folders) as server:
        server.twist = lambda _, command, good: (
            archive_fails(HANG_UP)(_, command, good) if "EXAMINE INBOX" not in said(server.commands) else good
        )
        items = read(server.account())
    assert (titles(items), skipped(items)) == (["letter 1", "archive 1", "archive 2"], [])


def said(commands: list[str]) -> str:
    return " ".join(commands).replace('"', "")


def test_where_the_connections_break_in_every_folder_the_server_is_to_blame() -> None:
    folders = {f"F{number:02}": Folder(letters([1], f"f{number}x")) for number in range(20)}
    with (
        scripted(folders, twist=only_fetch(lambda *_: HANG_UP)) as server,
        pytest.raises(NetworkError, match="folder F03: the server hung up"),
    ):
        read(server.account())


def test_a_folder_whose_uidvalidity_changes_all_the_time_is_skipped() -> None:
    folders = {"Archive": Folder(letters([1], "archive")), **inbox(1)}

    def twist(number: int, _: str, answer: bytes) -> bytes:
        folders["Archive"].uidvalidity = number
        return HANG_UP if b"archive" in answer else answer

    with scripted(folders, twist=twist) as server:
        items = read(server.account())
    assert titles(items) == ["letter 1"]
    assert [item.reason for item in skipped(items)] == [
        "the folder cannot be read: its UIDVALIDITY changes all the time"
    ]


def test_a_message_that_is_gone_is_nothing() -> None:
    folders = inbox(1, 2, 3)

    def twist(_: str, answer: bytes) -> bytes:
        folders["INBOX"].messages.pop(2, None)
        return answer.replace(b"UID 2 ", b"UID 77 ")

    with scripted(folders, twist=only_fetch(twist)) as server:
        items = read(server.account())
    assert titles(items) == ["letter 1", "letter 3"]
    assert skipped(items) == []


def test_a_message_that_is_there_and_not_spoken_of_is_skipped_and_not_forgotten() -> None:
    with scripted(inbox(1, 2, 3), twist=only_fetch(lambda _, answer: answer.replace(b"UID 2 ", b"UID 77 "))) as server:
        items = read(server.account())
        assert titles(items) == ["letter 1", "letter 3"]
        assert [(item.where, item.reason) for item in skipped(items)] == [
            ("test/INBOX:2", "the server has it and says nothing of it")
        ]
        server.twist = lambda _connection, _command, answer: answer
        assert titles(read(server.account(), cursor_of(items))) == ["letter 2"]


def test_a_message_without_a_header_is_skipped() -> None:
    answer = (
        b'* 1 FETCH (UID 1 INTERNALDATE " 1-Mar-2026 12:00:00 +0000" BODY[HEADER.FIELDS (FROM)] NIL)\r\n<tag> OK\r\n'
    )
    with scripted(inbox(1), twist=only_fetch(lambda *_: answer.replace(b"OK\r", b"OK done\r"))) as server:
        (item,) = skipped(read(server.account()))
    assert (item.where, item.reason) == ("test/INBOX:1", "the server has no header of it")


def test_answers_in_another_order_and_what_nobody_asked_for_change_nothing() -> None:
    def shuffle(command: str, _: bytes) -> bytes:
        uids = [int(uid) for uid in command.split()[2].split(",")]
        blocks = letters(uids)
        lines = [
            f"* {uid} FETCH (BODY[HEADER.FIELDS (FROM)] {{{len(blocks[uid])}}}\r\n".encode()
            + blocks[uid]
            + f' FLAGS (\\Seen) INTERNALDATE "01-Mar-2026 12:00:00 +0000" UID {uid})\r\n'.encode()
            for uid in reversed(uids)
        ]
        news = b"* 9 EXISTS\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 99 FETCH (UID 99 FLAGS ())\r\n* OK still here\r\n"
        return news + news.join(lines) + news + b"<tag> OK done\r\n"

    with scripted(inbox(1, 2, 3)) as server:
        usual = anywhere(read(server.account()))
    with scripted(inbox(1, 2, 3), twist=only_fetch(shuffle)) as server:
        assert anywhere(read(server.account())) == usual


@pytest.mark.parametrize(
    "said", ['" 1-Foo-2026 12:00:00 +0000"', '"31-Feb-2026 12:00:00 +0000"', '" 1-Jan-0000 00:00:00 +9999"', "NIL"]
)
def test_an_arrival_that_is_no_moment_is_left_out(said: str) -> None:
    twist = only_fetch(lambda _, answer: answer.replace(b'" 1-Mar-2026 12:00:00 +0000"', said.encode()))
    with scripted(inbox(1), twist=twist) as server:
        assert titles(read(server.account())) == ["letter 1"]


def test_a_body_that_cannot_be_had_does_not_cost_the_record() -> None:
    def twist(command: str, answer: bytes) -> bytes:
        return b"<tag> NO no\r\n" if "BODY.PEEK[]" in command and "2" in command.split()[2] else answer

    folders = {"INBOX": Folder({uid: block + b"Hello\r\n" for uid, block in letters([1, 2, 3]).items()})}
    with scripted(folders, twist=only_fetch(twist)) as server:
        items = read(server.account(store_bodies=True))
    assert [item.body for item in items if isinstance(item, InteractionRecord)] == ["Hello", None, "Hello"]


# -- servers that refuse or make no sense ------------------------------------------------------------------


def test_a_folder_that_cannot_be_opened_is_skipped_and_tried_again_the_next_time() -> None:
    broken = True

    def twist(_: int, command: str, answer: bytes) -> bytes:
        return b"<tag> NO [NOPERM] not yours\r\n" if broken and command == "EXAMINE Boss" else answer

    folders = {"Boss": Folder(letters([1], "boss")), "INBOX": Folder(letters([1]))}
    with scripted(folders, twist=lambda n, command, answer: twist(n, command.replace('"', ""), answer)) as server:
        items = read(server.account())
        assert titles(items) == ["letter 1"]
        (item,) = skipped(items)
        assert item.where == "test/Boss"
        assert "not yours" in item.reason
        broken = False
        assert titles(read(server.account(), cursor_of(items))) == ["boss 1"]


def test_a_refused_login_shows_no_secret_even_if_the_server_repeats_it() -> None:
    with (
        scripted(inbox(1), twist=lambda _, command, good: (
            f"<tag> NO wrong: {command}\r\n".encode() if command.startswith("LOGIN") else good
        )) as server,
        pytest.raises(CredentialsError) as caught,
    ):  # fmt: skip
        read(server.account(secret=lambda: ("password", "hunter2")))
    assert "hunter2" not in caught.value.message
    assert server.connections == 1, "a wrong password is not tried twice"


@pytest.mark.parametrize("secret", ["hunter2-of-old", 's3cret"q\\w', "pa ss"])
@pytest.mark.parametrize("shown", ["plain", "quoted", "twice", "base64"])
@pytest.mark.parametrize("command", ["LOGIN", "LIST"])
def test_no_later_answer_shows_the_secret_however_it_is_written(secret: str, shown: str, command: str) -> None:
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    written = {
        "plain": secret,
        "quoted": quoted,
        "twice": quoted.replace("\\", "\\\\"),
        "base64": base64.b64encode(f"\0ada\0{secret}".encode()).decode(),
    }[shown]
    answer = f"<tag> NO [ALERT] you said >{written}<\r\n".encode()
    with (
        scripted(inbox(1), twist=lambda _, line, good: answer if line.startswith(command) else good) as server,
        pytest.raises(ServerError) as caught,
    ):
        read(server.account(secret=lambda: ("password", secret)))
    told = caught.value.message
    assert f">{secret}<" not in told
    assert written not in told
    assert ">***<" in told or shown == "base64"


def test_no_password_is_sent_where_the_server_wants_none_in_plain_sight() -> None:
    with scripted(inbox(1), "LOGINDISABLED") as server, pytest.raises(ServerError, match="unprotected connection"):
        read(server.account())


def test_a_server_that_is_busy_at_login_is_waited_for() -> None:
    with scripted(inbox(1), twist=lambda number, command, answer: (
        b"<tag> NO [UNAVAILABLE] later\r\n" if command.startswith("LOGIN") and number == 1 else answer
    )) as server:  # fmt: skip
        assert titles(read(server.account())) == ["letter 1"]


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail ESMTP\r\n", b"\x15\x03\x01\xff\r\n", b""]
)
def test_what_is_no_imap_server_is_an_error_that_names_host_and_port(greeting: bytes) -> None:
    with scripted(inbox(1), twist=lambda *_: greeting + HANG_UP) as server, pytest.raises(ServerError) as caught:
        read(server.account())
    assert f"127.0.0.1:{server.port}" in caught.value.message
    assert "port" in str(caught.value.hint)


def test_a_server_that_knows_us_already_is_asked_for_no_login() -> None:
    hello = b"* PREAUTH [CAPABILITY IMAP4rev1] welcome\r\n"
    with scripted(inbox(1), twist=lambda _, command, answer: answer if command else hello) as server:
        assert titles(read(server.account(secret=lambda: pytest.fail("nobody asked for it")))) == ["letter 1"]
        with pytest.raises(ServerError, match="PREAUTH") as caught:
            read(server.account(security="starttls"))
    assert 'security = "tls" in account test' in str(caught.value.hint)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b'"Entw&APw-rfe"', "Entwürfe"),
        ('"Zürich"'.encode(), "Zürich"),
        ('"Zürich"'.encode("latin-1"), "Zürich"),
        (b'"R&D"', "R&D"),
        (b'"R&-D"', "R&D"),
        ('"R&D Zürich"'.encode(), "R&D Zürich"),
    ],
)
def test_a_folder_is_opened_as_the_server_calls_it(wire: bytes, name: str) -> None:
    """Whether its name is written as RFC 3501 wants it, in raw eight bits, or with a lone ampersand."""
    asked = wire.replace(b"&APw-", b"*").decode("latin-1").replace("*", "&APw-")

    def twist(number: int, command: str, answer: bytes) -> bytes:
        if command.startswith("LIST"):
            return answer.replace(b'"X"', wire)
        if command.startswith("UID FETCH") and number == 1:
            return HANG_UP
        wanted = command.startswith(("EXAMINE", "STATUS")) and asked not in command
        return b"<tag> NO which?\r\n" if wanted else answer

    folders = {"X": Folder(letters([1])), asked.strip('"'): Folder(letters([1]))}
    with scripted(folders, twist=twist) as server:
        items = read(server.account(folders=(name,)))
    assert titles(items) == ["letter 1"]
    assert {item.origin.folder for item in items if isinstance(item, InteractionRecord)} == {name}


def also_listed(name: bytes) -> Callable[[int, str, bytes], bytes]:
    """A twist: the server has one more folder."""
    return lambda _, command, answer: (
        b'* LIST () "/" ' + name + b"\r\n" + answer if command.startswith("LIST") else answer
    )


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\0"])
@pytest.mark.parametrize("letter", [b"A", b"\xc3\xa4", b"\xe4"])
def test_the_name_of_a_folder_is_no_way_to_further_commands(letter: bytes, end: bytes) -> None:
    name = letter + b'" (MESSAGES)' + end + b"X1 DELETE INBOX" + end + b"X2 NOOP "
    with scripted(inbox(1), twist=also_listed(b"{%d}\r\n%b" % (len(name), name))) as server:
        items = read(server.account())
        check(server.account())
    assert titles(items) == ["letter 1"]
    assert [item.reason for item in skipped(items)] == ["the folder cannot be read: its name is more than one line"]
    assert {command.partition(" ")[0] for command in server.commands} <= {
        "CAPABILITY", "LIST", "STATUS", "EXAMINE", "UID",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b'"&AAo-dex: all is well"', "\\ndex: all is well"),
        (b'"&AIUgKQ-x"', "\\x85\\u2029x"),
        (b'"&2AA-"', "\\ud800"),
        (b'"a&2AA-&3AA-"', "a\\ud800\\udc00"),
    ],
)
def test_a_folder_with_an_odd_name_is_read_and_named_on_one_line(wire: bytes, name: str) -> None:
    folders = {"INBOX": Folder(letters([2])), wire.decode().strip('"'): Folder(letters([1]))}
    with scripted(folders) as server:
        found = [item for item in read(server.account()) if isinstance(item, InteractionRecord)]
        chosen = titles(read(server.account(folders=(name,))))
        server.twist = lambda _, command, answer: b"<tag> NO no\r\n" if "EXAMINE" in command else answer
        told = [item.where for item in skipped(read(server.account()))]
    assert {item.title: item.origin.folder for item in found} == {"letter 1": name, "letter 2": "INBOX"}
    assert chosen == ["letter 1"]
    assert f"test/{name}" in told


def test_a_folder_that_is_called_like_the_password_does_not_show_it() -> None:
    folders = {"hunter2secret": Folder(letters([1])), "INBOX": Folder(letters([2]))}

    def secret() -> tuple[str, str]:
        return "password", "hunter2secret"

    with scripted(folders) as server:
        account = server.account(name="work", secret=secret)
        assert titles(read(account)) == ["letter 2", "letter 1"]
        assert [folder.name for folder in check(account).folders] == ["INBOX", "***"]
        with pytest.raises(ServerError) as missing:
            read(server.account(folders=("Nowhere",), secret=secret))
        assert missing.value.hint == "there are: ***, INBOX"
        server.twist = lambda _, command, answer: b"<tag> NO no\r\n" if "EXAMINE" in command else answer
        assert [item.where for item in skipped(read(account))] == ["work/INBOX", "work/***"]
        server.twist = lambda _, command, answer: HANG_UP if 'EXAMINE "hunter' in command else answer
        items, error = outcome(account, AT_ONCE)
        assert "hunter2" not in f"{skipped(items)}{error}"


@pytest.mark.parametrize("command", ["LIST", "STATUS", "EXAMINE", "UID SEARCH", "CAPABILITY", "LOGIN", ""])
@pytest.mark.parametrize(
    "garbage",
    [
        b"* \xff\xff\xff\r\n<tag> OK done\r\n", b"<tag> OK done\r\n", b"<tag> BAD no\r\n", b"<tag> NO\r\n", b"\r\n",
        b"* LIST (((\r\n* STATUS x (UIDNEXT x\r\n* SEARCH one two\r\n* OK [UIDNEXT no] x\r\n<tag> OK done\r\n",
        (b"* STATUS INBOX (UIDNEXT -5 UIDVALIDITY 99999999999999999999)\r\n* SEARCH 0 99999999999999999999 2\r\n"
        b"* OK [UIDNEXT 99999999999999999999] x\r\n* 3 EXISTS\r\n<tag> OK done\r\n"),
        b'* LIST () "/" {4000000000}\r\n', b'* LIST () NIL 5\r\n* LIST () NIL "&&&"\r\n<tag> OK done\r\n',
    ],
)  # fmt: skip
def test_nonsense_anywhere_is_an_error_with_a_remedy_or_a_skipped_folder(command: str, garbage: bytes) -> None:
    with scripted(
        inbox(1, 2), twist=lambda _, said, good: garbage if said.startswith(command) and (command or not said) else good
    ) as server:
        items, error = outcome(server.account(), IMPATIENT)
    if error is None:
        assert isinstance(items[-1], Checkpoint)
    else:
        assert f"127.0.0.1:{server.port}" in error.message
        assert error.hint
        assert error.message.isprintable()


IN_A_HURRY = Patience(connect=5, read=5, login=0.4, answer=0.4, pauses=(0.0,), wait=lambda _: None)


@pytest.mark.parametrize("command", ["", "CAPABILITY", "LOGIN", "AUTHENTICATE", "LIST", "STATUS", "UID FETCH"])
@pytest.mark.parametrize("begin", [b"", b"* OK [ALERT] ", b"* LIST () NIL "])
def test_a_server_that_never_finishes_its_answer_is_left(command: str, begin: bytes) -> None:
    def twist(_: int, said: str, answer: bytes) -> bytes:
        return begin + DRIP if said.startswith(command) and (command or not said) else answer

    user = "some one" if command == "AUTHENTICATE" else "me"
    with (
        scripted(inbox(1), twist=twist) as server,
        pytest.raises(NetworkError, match="the server does not finish its answer") as caught,
    ):
        read(server.account(user=user), patience=IN_A_HURRY)
    assert f"127.0.0.1:{server.port}" in caught.value.message


def test_a_server_that_never_finishes_turning_to_tls_is_left() -> None:
    record = b"\x16\x03\x03\x40\x00"  # announces 16 KB of a handshake
    with (
        scripted(inbox(1), twist=lambda *_: record + DRIP) as server,
        pytest.raises(NetworkError, match="the server does not finish its answer"),
    ):
        read(server.account(security="tls"), patience=IN_A_HURRY)


def test_a_server_that_does_not_let_us_go_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dexcli.sources._imap_session._LEAVE", 0.4)
    with scripted(inbox(1), twist=lambda _, said, good: DRIP if said.startswith("LOGOUT") else good) as server:
        assert titles(read(server.account(), patience=IN_A_HURRY)) == ["letter 1"]


def test_a_login_has_an_end() -> None:
    with (
        scripted(inbox(1), twist=lambda _, said, good: (
            b"+ \r\n" * 20_000 if said.startswith("AUTHENTICATE") else good
        )) as server,
        pytest.raises(NetworkError, match="the server does not stop answering"),
    ):  # fmt: skip
        read(server.account(user="some one"))


@pytest.mark.parametrize(("folders", "told"), [(10_000, "lists 10,001 folders"), (400_000, "does not stop answering")])
def test_a_list_of_folders_has_an_end(folders: int, told: str) -> None:
    many = b"".join(b'* LIST () "/" "F%d"\r\n' % number for number in range(folders))
    with scripted(inbox(1), twist=lambda _, said, good: (
        many + good if said.startswith("LIST") else good
    )) as server:  # fmt: skip
        with pytest.raises(ServerError, match=told) as caught:
            read(server.account())
        if folders < 400_000:
            assert 'folders = ["INBOX", "Sent"]' in str(caught.value.hint)
            assert titles(read(server.account(folders=("INBOX",)))) == ["letter 1"]


def test_a_folder_of_more_messages_than_can_be_is_skipped() -> None:
    folders = {"Archive": Folder(letters([1], "archive")), **inbox(1)}

    def twist(_: int, command: str, answer: bytes) -> bytes:
        return re.sub(rb"\* 1 EXISTS", b"* 4294967295 EXISTS", answer) if "Archive" in command else answer

    with scripted(folders, twist=twist) as server:
        items = read(server.account())
    assert titles(items) == ["letter 1"]
    assert [(item.where, item.reason) for item in skipped(items)] == [
        ("test/Archive", "the folder cannot be read: the server announces 4,294,967,295 messages where that cannot be")
    ]
    assert len([command for command in server.commands if "SEARCH" in command]) == 1


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dexcli.sources._imap_client.MOST_ANSWER", 100_000)
    flood = b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 10_000
    twist = only_fetch(lambda command, answer: flood + answer if "1" in command.split()[2] else answer)
    with scripted(inbox(1, 2), twist=twist) as server:
        items = read(server.account())
    assert [item.where for item in skipped(items)] == ["test/INBOX:1"]
    assert titles(items) == ["letter 2"]


def test_where_the_server_gives_no_message_at_all_none_is_to_blame() -> None:
    broken = True
    folders = {"INBOX": Folder(letters([1])), "Work": Folder(letters([1], "work"))}
    refuse = only_fetch(lambda _, good: b"<tag> NO not today\r\n" if broken and b"letter" in good else good)
    with scripted(folders, twist=refuse) as server:
        items = read(server.account())
        assert titles(items) == ["work 1"], "the other folders are read"
        assert [item.where for item in skipped(items)] == ["test/INBOX"]
        broken = False
        assert titles(read(server.account(), cursor_of(items))) == ["letter 1"]


def test_a_server_that_fails_for_a_while_costs_no_message() -> None:
    """Whatever it gave before, it gives no more: no message is to blame, and the next run reads all."""
    down = False

    def twist(command: str, answer: bytes) -> bytes:
        nonlocal down
        down = down or str(BATCH + 1) in command.split()[2].split(",")
        return HANG_UP if down else answer

    with scripted(inbox(*range(1, BATCH + 101)), twist=only_fetch(twist)) as server:
        found: list[SourceItem] = []
        with pytest.raises(NetworkError, match="folder INBOX: the server hung up"):
            found.extend(open_account(server.account(), AT_ONCE).read(None))
        server.twist = lambda _connection, _command, answer: answer
        assert len(titles(read(server.account()))) == BATCH + 100
    assert skipped(found) == []


@pytest.mark.parametrize("bad", [1, 200, BATCH])
def test_a_message_that_breaks_every_connection_costs_seconds_and_not_minutes(bad: int) -> None:
    pauses: list[float] = []
    patience = Patience(wait=pauses.append)
    with scripted(
        inbox(*range(1, BATCH + 1)),
        twist=only_fetch(lambda command, good: HANG_UP if str(bad) in command.split()[2].split(",") else good),
    ) as server:
        items = read(server.account(), patience=patience)
    assert len(titles(items)) == BATCH - 1
    assert [item.where for item in skipped(items)] == [f"test/INBOX:{bad}"]
    assert sum(pauses) < 20


def test_where_the_connection_breaks_at_every_message_none_is_to_blame() -> None:
    with (
        scripted(inbox(1, 2), twist=only_fetch(lambda *_: HANG_UP)) as server,
        pytest.raises(NetworkError, match="folder INBOX: the server hung up"),
    ):
        read(server.account())


def test_nothing_is_open_any_more_when_reading_is_broken_off() -> None:
    with scripted(inbox(1, 2, 3)) as server:
        source = open_account(server.account(), AT_ONCE).read(None)
        next(source)
        source.close()  # type: ignore[attr-defined]  # a generator; left open it would be a ResourceWarning
