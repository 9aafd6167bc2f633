"""Which folders are read."""

from __future__ import annotations

from dexcli.sources._imap_client import Listed
from dexcli.sources._imap_folders import choose, missing


def listed(*names: str, **flagged: str) -> list[Listed]:
    return [Listed(name=name, wire=name.encode(), delimiter="/") for name in names] + [
        Listed(name=name.replace("_", " "), wire=name.encode(), flags=frozenset(flags.split()), delimiter="/")
        for name, flags in flagged.items()
    ]


def read(folders: list[Listed], *wanted: str, gmail: bool = False) -> list[str]:
    return [choice.folder.name for choice in choose(folders, wanted, gmail=gmail) if not choice.left_out]


def sent(folders: list[Listed]) -> list[str]:
    return [choice.folder.name for choice in choose(folders, (), gmail=False) if choice.sent]


def test_all_folders_are_read_but_junk_trash_and_drafts() -> None:
    folders = listed("INBOX", "Work", Müll="\\trash", Werbung="\\junk", Entwurf="\\drafts", Raus="\\sent")
    assert read(folders) == ["INBOX", "Raus", "Work"]
    assert sent(folders) == ["Raus"]


def test_common_names_say_so_where_the_server_does_not() -> None:
    folders = listed("INBOX", "Papierkorb", "Spam", "Brouillons", "Sent Items", "Friends")
    assert read(folders) == ["Friends", "INBOX", "Sent Items"]
    assert sent(folders) == ["Sent Items"]


def test_a_name_says_nothing_where_a_flag_does() -> None:
    folders = listed("Sent", "Trash", Gone="\\trash", Out="\\sent")
    assert read(folders) == ["Out", "Sent", "Trash"]
    assert sent(folders) == ["Out"]


def test_what_lies_in_a_folder_shares_its_use() -> None:
    folders = listed("Trash", "Trash/2019", "Sent", "Sent/2019", "Work/Sent plans")
    assert read(folders) == ["Sent", "Sent/2019", "Work/Sent plans"]
    assert sent(folders) == ["Sent", "Sent/2019"]


def test_folders_below_the_inbox_are_known_by_their_last_name() -> None:
    folders = [
        Listed(name=name, wire=name.encode(), delimiter=".")
        for name in ("INBOX", "INBOX.Sent", "INBOX.Trash", "INBOX.Friends")
    ]
    assert read(folders) == ["INBOX", "INBOX.Friends", "INBOX.Sent"]
    assert sent(folders) == ["INBOX.Sent"]


def test_a_folder_of_folders_is_not_opened() -> None:
    assert read(listed("INBOX", Lists="\\noselect", Old="\\nonexistent")) == ["INBOX"]


def test_of_gmail_only_all_mail_is_read_whatever_its_name() -> None:
    folders = listed("INBOX", Alle_Nachrichten="\\all", Gesendet="\\sent", Papierkorb="\\trash")
    assert read(folders, gmail=True) == ["Alle Nachrichten"]


def test_gmail_without_all_mail_is_read_like_any_other() -> None:
    assert read(listed("INBOX", Gesendet="\\sent", Papierkorb="\\trash"), gmail=True) == ["Gesendet", "INBOX"]


def test_chosen_folders_are_read_and_no_others() -> None:
    folders = listed("INBOX", "Work", Trash="\\trash", Alles="\\all")
    assert read(folders, "Trash", "Work", gmail=True) == ["Trash", "Work"]
    assert missing(folders, ("Trash", "Wrok")) == ["Wrok"]


def test_the_inbox_is_the_same_in_any_letters() -> None:
    assert read(listed("Inbox", "Work"), "INBOX") == ["Inbox"]
    assert missing(listed("INBOX", "Work"), ["inbox", "work"]) == ["work"]
