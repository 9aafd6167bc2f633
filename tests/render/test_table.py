from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from rich.cells import cell_len

from dexcli.render import plain as plain_text
from dexcli.render import table
from dexcli.results import contract
from dexcli.results.accounts import AccountList
from dexcli.results.dates import DateList
from dexcli.results.due import DueList, DueReason
from dexcli.results.history import History
from dexcli.results.interactions import (
    Interaction,
    InteractionResult,
    LogResult,
    OccasionInfo,
    OriginInfo,
    PersonPage,
    Rhythm,
)
from dexcli.results.people import PersonList
from dexcli.results.report import ImportResult
from dexcli.results.search import SearchList
from dexcli.results.setup import ConfigInfo, SchemaResult
from dexcli.results.stats import Stats
from dexcli.results.timeline import Timeline
from dexcli.results.triage import TriageList
from dexcli.results.why import Why, WhyResult

Golden = Callable[[str, Iterable[str]], None]

TODAY = date(2026, 3, 8)
SGR = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = {
    "markup": "[bold]x[/bold] [/y] [link=https://example.org]",
    "formula": "=1+1",
    "link": "\x1b]8;;https://example.org\x1b\\click\x1b]8;;\x1b\\",
    "colour": "\x1b[31mred \x9b1mbold",
    "override": "\u202eevil\u2066 \u200f",
    "emoji": "👩\u200d👩\u200d👧 \u2764\ufe0f 🇬🇧 👍🏽",
    "accents": "e\u0301" * 40,
    "long": "x" * 300,
    "words": "word " * 60,
    "wide": "漢字" * 60,
    "lines": "one\r\ntwo\u2028three\tfour\x00\x7f\x85",
    "half": "half \ud83d",
    "nothing": "",
}


def plain(result: object, width: int = 80, *, ascii: bool = False) -> list[str]:  # noqa: A002  # as in the function
    return list(table.lines(result, today=TODAY, width=width, color=False, ascii=ascii))


def poisoned(value: Any, text: str) -> Any:
    """The same result with `text` in the place of every text."""
    if isinstance(value, str):
        return text
    if isinstance(value, list):
        return [poisoned(item, text) for item in value]
    if isinstance(value, dict):
        return {poisoned(key, text): poisoned(item, text) for key, item in value.items()}
    if isinstance(value, Struct):
        return type(value)(**{name: poisoned(getattr(value, name), text) for name in value.__struct_fields__})
    return value


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_due_has_its_screen_at_every_width(due: DueList, golden: Golden, width: int) -> None:
    golden(f"due-{width}", plain(due, width))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_show_has_its_screen_at_every_width(page: PersonPage, golden: Golden, width: int) -> None:
    golden(f"show-{width}", plain(page, width))


def test_show_tells_all_that_is_known(full_page: PersonPage, golden: Golden) -> None:
    golden("show-full", plain(full_page))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_dates_have_their_screen(dates: DateList, golden: Golden, width: int) -> None:
    golden(f"dates-{width}", plain(dates, width))


def test_no_list_on_a_narrow_screen_cuts_what_it_is_about(results: list[Struct], golden: Golden) -> None:
    lists = [one for one in results if isinstance(one, PersonList | History | TriageList | SearchList) and one.total]
    golden("lists-40", [line for one in lists for line in (f"# {type(one).__name__}", *plain(one, 40), "")])


@pytest.mark.parametrize(
    ("cadence", "rhythm", "words"),
    [
        (None, {"usual_days": None}, ""),
        (None, {"usual_days": 20, "silent_days": 30}, "about every 3 weeks, no cadence"),
        (None, {"usual_days": 1}, "about every day, no cadence"),
        (None, {"usual_days": 20, "silent_days": 63, "unusual": True},
         "was about every 3 weeks, quiet for 9 weeks, no cadence"),
        ("P2W", {"usual_days": None}, "every 2 weeks"),
        ("P2W", {"usual_days": 33}, "every 2 weeks, so far about every 5 weeks"),
        ("P2W", {"usual_days": 33, "kept": False}, "every 2 weeks, often missed"),
        ("P2W", {"usual_days": None, "kept": True}, "every 2 weeks, usually kept"),
    ],
)  # fmt: skip
def test_a_rhythm_is_told_in_words(page: PersonPage, cadence: str | None, rhythm: dict[str, Any], words: str) -> None:
    about = {"usual_days": None, "kept": None, "months": [0] * 12, **rhythm}
    shown = plain(
        msgspec.structs.replace(
            page,
            person=msgspec.structs.replace(page.person, cadence=cadence),
            rhythm=Rhythm(**about),
            due=None,
        )
    )
    assert [line.removeprefix(" Rhythm   ") for line in shown if line.startswith(" Rhythm")] == [words][: bool(words)]


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_accounts_have_their_screen_at_every_width_and_nothing_of_them_is_cut(
    accounts: AccountList, golden: Golden, width: int
) -> None:
    shown = plain(accounts, width)
    golden(f"accounts-{width}", shown)
    assert "…" not in "".join(shown)
    assert max(map(len, shown)) <= width


@pytest.mark.parametrize("width", [60, 80, 120])
def test_timeline_has_its_screen_at_every_width(timeline: Timeline, golden: Golden, width: int) -> None:
    golden(f"timeline-{width}", plain(timeline, width))
    ascii_only = plain(timeline, width, ascii=True)
    assert all(line.isascii() for line in ascii_only)
    golden(f"timeline-{width}-ascii", ascii_only)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_stats_have_their_screen_at_every_width(stats: Stats, golden: Golden, width: int) -> None:
    golden(f"stats-{width}", plain(stats, width))
    ascii_only = plain(stats, width, ascii=True)
    assert all(line.isascii() for line in ascii_only)
    golden(f"stats-{width}-ascii", ascii_only)


@pytest.mark.parametrize(("width", "columns"), [(20, 15), (57, 52), (58, 53), (111, 106), (110, 53)])
def test_a_calendar_has_its_latest_weeks_where_not_all_have_room(stats: Stats, width: int, columns: int) -> None:
    begin, end = " Mon ", " Sun "
    shown = plain(stats, width)
    rows = shown[next(number for number, line in enumerate(shown) if line.startswith(begin)) :][:7]
    assert max(map(len, rows)) - len(begin) == columns
    assert rows[-1].startswith(end)
    assert rows[0].endswith("░"), "the last day with contact is the second of March"


def test_a_year_of_the_calendar_is_its_own_heading(stats: Stats) -> None:
    year = msgspec.structs.replace(stats, since=date(2025, 1, 1), until=date(2025, 12, 31))
    assert " 2025" in plain(year)


def test_a_timeline_of_one_year_says_so(timeline: Timeline) -> None:
    year = msgspec.structs.replace(timeline, since=date(2025, 1, 1), until=date(2025, 12, 31), kind="mail")
    assert plain(year)[1] == " only mail, 2025"
    between = msgspec.structs.replace(timeline, until=date(2025, 12, 31))
    assert plain(between)[1] == " only since 1 May 2023, until 31 Dec 2025"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_search_has_its_screen_at_every_width(found: SearchList, golden: Golden, width: int) -> None:
    golden(f"search-{width}", plain(found, width))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_was_found_is_on_the_screen_however_far_back_it_stands(found: SearchList, width: int) -> None:
    shown = [line.casefold() for line in plain(found, width)]
    assert sum("«restaurant" in line for line in shown) == 5
    assert sum("*restaurant" in line.casefold() for line in plain(found, width, ascii=True)) == 5


def test_hits_are_bold(found: SearchList) -> None:
    lines = "".join(table.lines(found, today=TODAY, width=120, color=True, ascii=False))
    assert lines.count("\x1b[1m«") == 6


def test_list_has_columns(people: PersonList, golden: Golden) -> None:
    golden("list", plain(people))


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_handle_is_never_clipped(people: PersonList, width: int) -> None:
    assert "grace-brewster-murray-hopper" in [line.split()[0] for line in plain(people, width)]


def test_history_tells_what_was_undone(history: History, golden: Golden) -> None:
    golden("history", plain(history))


def test_an_import_tells_its_counts_and_what_it_left(imported: ImportResult, golden: Golden) -> None:
    golden("import", plain(imported))


def test_what_an_import_left_is_folded_and_not_clipped(imported: ImportResult) -> None:
    note = "12 mails among those sent came from somebody@long.example.org: if that is you, dex me add ADDRESS"
    report = msgspec.structs.replace(imported.report, notes=[note])
    shown = plain(ImportResult(report=report, parts=[report]))
    at = shown.index(" to be known")
    assert " ".join(line.strip() for line in shown[at + 1 : at + 3]) == note
    assert shown[at + 1].startswith("   12 mails")
    assert shown[at + 2].startswith("     ")


def test_an_import_of_several_files_has_a_block_for_each(imported_folder: ImportResult, golden: Golden) -> None:
    golden("import-folder", plain(imported_folder))


def test_log_tells_when_to_meet_again(logged: LogResult, golden: Golden) -> None:
    golden("log", plain(logged))


def test_every_small_result_has_its_lines(results: list[Struct], golden: Golden) -> None:
    shown: list[str] = []
    for result in results:
        name = type(result).__name__
        if name not in ("SchemaResult", "PersonPage", "ImportResult"):
            shown += [f"# {name}", *plain(result), ""]
    golden("small", shown)


def test_every_result_of_a_command_has_a_screen_and_no_screen_is_of_nothing(results: list[Struct]) -> None:
    returned = {one.__name__ for kinds in contract.COMMANDS.values() for one in kinds}
    dialogues = {"Decision", "NamedInTitle", "TriageItem"}
    assert set(table._SCREENS) | {"SchemaResult"} == returned | dialogues
    assert set(plain_text._ROWS) <= returned
    assert {type(one).__name__ for one in results} >= returned


def test_ascii_terminals_get_ascii(due: DueList, full_page: PersonPage, golden: Golden) -> None:
    shown = [*plain(due, ascii=True), "", *plain(full_page, ascii=True)]
    assert all(line.isascii() for line in shown)
    golden("ascii", shown)


def test_colour_changes_nothing_but_colour(results: list[Struct]) -> None:
    for result in results:
        coloured = list(table.lines(result, today=TODAY, width=80, color=True, ascii=False))
        assert [SGR.sub("", line).rstrip() for line in coloured] == plain(result)


def test_lateness_is_yellow_and_after_a_whole_period_red(due: DueList) -> None:
    lines = list(table.lines(due, today=TODAY, width=80, color=True, ascii=False))
    assert "\x1b[31m3 weeks\x1b[0m" in lines[1]
    assert "\x1b[33m10 days\x1b[0m" in lines[3]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [20, 60, 80])
def test_hostile_text_neither_reaches_the_terminal_nor_widens_a_line(
    results: list[Struct], name: str, width: int
) -> None:
    for result in results:
        if isinstance(result, SchemaResult):
            continue
        for color in (False, True):
            for ascii_only in (False, True):
                for line in table.lines(
                    poisoned(result, HOSTILE[name]), today=TODAY, width=width, color=color, ascii=ascii_only
                ):
                    shown = SGR.sub("", line) if color else line
                    assert not {"Cc", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, shown))
                    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
                    assert cell_len(shown) <= width


def test_markup_is_text(people: PersonList) -> None:
    named = msgspec.structs.replace(people.items[0], name="[bold]x[/bold]")
    lines = table.lines(PersonList(total=1, items=[named]), today=TODAY, width=80, color=True, ascii=False)
    assert any("[bold]x[/bold]" in line for line in lines)


def test_nobody_due_is_one_calm_line(due: DueList) -> None:
    nobody = msgspec.structs.replace(due, items=[], total=0, drifting=[])
    assert plain(nobody) == [" Nobody is due today."]
    assert plain(msgspec.structs.replace(nobody, as_of=date(2026, 2, 1))) == [" Nobody is due on 1 Feb."]


def test_who_drifts_is_told_though_nobody_is_due(due: DueList) -> None:
    nobody = msgspec.structs.replace(due, items=[], total=0)
    assert plain(nobody) == [
        " Nobody is due today.",
        " drifting: Barbara Liskov (9 weeks, usually 3)",
    ]


def test_who_drifts_has_lines_of_its_own_where_one_is_too_short(due: DueList) -> None:
    three = msgspec.structs.replace(due, drifting=due.drifting * 3)
    assert plain(three)[-4:] == [
        " 3 of 3     dex show NAME",
        *[" drifting: Barbara Liskov (9 weeks, usually 3)"] * 3,
    ]


@pytest.mark.parametrize(
    ("overdue_days", "code", "late"),
    [
        (1, "cadence", "1 day"),
        (0, "cadence", "today"),
        (-1, "cadence", "tomorrow"),
        (-5, "reminder", "in 5 days"),
        (-5, "promise", "in 5 days"),
        (-5, "birthday", "in 5 days"),
        (-1, "birthday", "tomorrow"),
    ],
)
def test_late_tells_past_and_future(due: DueList, overdue_days: int, code: str, late: str) -> None:
    reason = DueReason(code=code, value=0, text="why", ref=None, due_on=TODAY)
    item = msgspec.structs.replace(due.items[0], overdue_days=overdue_days, reasons=[reason], last_contact=None)
    shown = plain(msgspec.structs.replace(due, items=[item]))
    assert re.split(" {2,}", shown[1].strip()) == ["Ada Lovelace", late, "never", "why"]


def test_an_occasion_beside_another_reason_is_for_today(due: DueList) -> None:
    reasons = [DueReason(code=code, value=0, text=code, ref=None, due_on=TODAY) for code in ("birthday", "cadence")]
    item = msgspec.structs.replace(due.items[0], overdue_days=-5, reasons=reasons, last_contact=None)
    assert " today " in plain(msgspec.structs.replace(due, items=[item]))[1]


def test_a_birthday_of_29_february_stays_that(page: PersonPage) -> None:
    birthday = OccasionInfo(kind="birthday", on=date(2027, 3, 1), year=1996, turns=31, month_day="02-29")
    shown = plain(msgspec.structs.replace(page, occasions=[birthday]))
    assert " Dates    birthday 29 Feb, turns 31" in shown


def test_settings_are_told_as_they_are_written() -> None:
    told = plain(
        ConfigInfo(
            path="config.toml",
            exists=True,
            settings={"policy.cc": False, "policy.lists": True, "me.emails": [], "due.cadence": None},
        )
    )
    assert told[1:] == [
        " policy.cc = false",
        " policy.lists = true",
        " me.emails = (not set)",
        " due.cadence = (not set)",
    ]


def test_people_of_one_name_are_told_apart_by_their_handles(due: DueList) -> None:
    other = msgspec.structs.replace(due.items[0].person, id=9, handle="ada-2")
    twins = [due.items[0], msgspec.structs.replace(due.items[0], person=other)]
    shown = plain(msgspec.structs.replace(due, items=twins), 120)
    assert "Ada Lovelace (ada) " in shown[1]
    assert "Ada Lovelace (ada-2)" in shown[2]


def test_people_under_one_rule_are_one_paragraph() -> None:
    rule = Why(
        code="many",
        text="it went to more people than policy.recipients allows: 12 people",
        counts=False,
        person_id=None,
        name=None,
        identifier="",
        role="to",
    )
    whom = [msgspec.structs.replace(rule, identifier=f"somebody{number}@example.org") for number in range(12)]
    result = WhyResult(
        id="i48",
        key="mail:1",
        kind="mail",
        direction="in",
        on=date(2026, 1, 4),
        title="Grüße aus Köln",
        kept=True,
        reasons=whom,
    )
    heading, *told = plain(result)
    assert heading == " i48  4 Jan  mail ← Grüße aus Köln"
    text = " ".join(line.strip() for line in told)
    assert text.startswith("somebody0@example.org (to), somebody1@example.org (to), ")
    assert text.endswith("(to): does not count, it went to more people than policy.recipients allows: 12 people [many]")
    assert text.count("does not count") == 1


def test_where_an_entry_was_seen_is_told_once_each() -> None:
    seen = [
        OriginInfo(source="imap", account="home", ref="1", folder="INBOX"),
        OriginInfo(source="imap", account="home", ref="2", folder="INBOX"),
        OriginInfo(source="imap", account="home", ref="1", folder="Archive"),
        OriginInfo(source="mail", account="", ref="mail:z1@example.org"),
        OriginInfo(source="", account="", ref=""),
    ]
    entry = Interaction(
        id="i48",
        kind="mail",
        direction="in",
        on=TODAY,
        at=None,
        title=None,
        body=None,
        place=None,
        minutes=None,
        participants=[],
        key="mail:z1@example.org",
        origins=seen,
    )
    shown = plain(InteractionResult(interaction=entry, done="", operation_id=None))
    assert " Seen in  home INBOX · home Archive · mail file" in shown


def test_one_operation_is_told_in_full(history: History) -> None:
    long = "mail of me@example.org: 12 entries added, and everything else that has no room in a column of 80"
    one = msgspec.structs.replace(history.operations[0], summary=long)
    shown = plain(History(total=1, operations=[one]))
    assert " ".join(line.strip() for line in shown).endswith(long)
    assert len(shown) == 3


def test_a_schema_stays_json_whatever_the_width(results: list[Struct]) -> None:
    schema = next(result for result in results if isinstance(result, SchemaResult))
    assert msgspec.json.decode("\n".join(plain(schema, 20))) == schema.schemas


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="no screen for a str"):
        plain("due")
