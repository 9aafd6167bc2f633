"""Searching: what is found, in what order, and what a line of words and keys means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.words import marks, wanted
from dexcli.errors import UsageError
from dexcli.results.search import SearchItem, SearchList
from dexcli.services import history, logbook, people, search
from dexcli.services.ingest import ingest
from dexcli.services.invocation import Invocation
from dexcli.services.logbook import Change, Entry
from dexcli.services.people import Details, Removals
from dexcli.store import search as store
from dexcli.store.connection import Connection
from support.world import in_memory, job, mail, meeting

NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)
CALL = Invocation(now=NOW, command="test", region="GB")
TODAY = NOW.date()


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


@pytest.fixture
def known(conn: Connection) -> Connection:
    """Three people, and what happened with them."""
    add(conn, name="Grace Hopper", emails=["grace@example.org"], tags=["navy"], note="likes the harbour")
    add(conn, name="Ada Lovelace", emails=["ada@example.org"], tags=["friend"], company="Analytical Engines")
    add(conn, name="Søren Łukasz", aliases=["Enchanter"], location="Straße 7, Ærø", fields=["coffee=flat white"])
    log(conn, 1, "lunch at the restaurant by the harbour", 40)
    log(conn, 2, "coffee, her new restaurant\na long talk about the Café de Flore", 10)
    log(conn, 3, "chess", 5)
    return conn


def add(conn: Connection, **details: object) -> None:
    people.add(conn, CALL, Details(**details))  # type: ignore[arg-type] # as each test says


def log(conn: Connection, person: int, text: str, days_ago: int, **more: object) -> None:
    entry = Entry(person_ids=[person], text=text, on=TODAY - timedelta(days=days_ago), **more)  # type: ignore[arg-type]
    logbook.log(conn, CALL, entry)


def find(conn: Connection, line: str, *, limit: int = 20, **more: object) -> SearchList:
    return search.search(conn, CALL, line, limit=limit, **more)  # type: ignore[arg-type] # as each test says


def ids(conn: Connection, line: str, **more: object) -> list[str]:
    return [item.id for item in find(conn, line, **more).items]  # type: ignore[arg-type] # as each test says


def shown(item: SearchItem) -> list[tuple[str, list[str]]]:
    """The fields in which something was found, with the hits."""
    return [(one.field, [one.text[start:end] for start, end in one.marks]) for one in item.snippets if one.marks]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("harbour", ["1", "i1"]),
        ("HARB", ["1", "i1"]),
        ("restaurant", ["i2", "i1"]),
        ("restaurant harbour", ["i1"]),
        ('"the restaurant"', ["i1"]),
        ('"restaurant the"', []),
        ("harbour or chess", ["1", "i3", "i1"]),
        ("restaurant !lunch", ["i2"]),
        ("restaurant !(lunch or nothing)", ["i2"]),
        ("restaurant (!lunch)", ["i2"]),
        ("(lunch or coffee) !!restaurant", ["i2", "i1"]),
        ("cafe", ["i2"]),
        ("Cafe\u0301", ["i2"]),
        ("soren", ["3", "i3"]),
        ("lukasz", ["3", "i3"]),
        ("strasse aero", ["3"]),
        ("enchanter", ["3", "i3"]),
        ("soren-lukasz", ["3", "i3"]),
        ("navy", ["1"]),
        ("analytical", ["2"]),
        ("flat", ["3"]),
        ("grace@example.org", ["1", "i1"]),
        ("nobody", []),
    ],
)
def test_words_are_found_wherever_they_stand(known: Connection, line: str, found: list[str]) -> None:
    assert ids(known, line) == found


def test_a_word_may_be_the_name_of_somebody_who_took_part(known: Connection) -> None:
    assert ids(known, "restaurant grace") == ["i1"]
    assert ids(known, "grace") == ["1", "i1"]
    people.edit(known, CALL, 1, Details(name="Amazing Murray"), Removals())
    assert ids(known, "restaurant murray") == ["i1"]


@pytest.mark.parametrize("most", [0, 3, store.MOST_WORDS])
def test_a_beginning_finds_every_word_that_goes_on_however_many_they_are(
    known: Connection, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    for day, word in enumerate(["Rest", "restless night", "restaurants", "resting", "arrest", "resto'", "restaurant"]):
        log(known, 3, word, 20 + day)
    monkeypatch.setattr(store, "MOST_WORDS", most)
    titles = {item.title for item in find(known, "rest").items if item.person is None}
    assert titles == {
        "Rest", "restless night", "restaurants", "resting", "resto'", "restaurant",
        "lunch at the restaurant by the harbour", "her new restaurant",
    }  # fmt: skip
    assert [item.title for item in find(known, "restl").items] == ["restless night"]
    assert [item.title for item in find(known, '"night" !restau').items] == ["restless night"]
    assert find(known, "restx").items == []


def test_the_end_of_a_word_is_not_its_beginning(known: Connection) -> None:
    assert ids(known, "staurant") == []
    assert ids(known, '"restauran"') == []
    # In history a word of one or two letters has to be whole.
    assert ids(known, "lu") == ["3"]
    assert ids(known, "at") == ["i1"]


def test_hits_are_marked_in_the_text_as_it_was_written(known: Connection) -> None:
    person, entry = find(known, "harbour").items
    assert shown(person) == [("note", ["harbour"])]
    assert shown(entry) == [("title", ["harbour"])]
    assert shown(find(known, "cafe").items[0]) == [("body", ["Café"])]
    assert shown(find(known, "strasse").items[0]) == [("location", ["Straße"])]
    assert shown(find(known, '"new restaurant" long').items[0]) == [("title", ["new restaurant"]), ("body", ["long"])]


def test_keys_say_with_whom_and_when(known: Connection) -> None:
    assert ids(known, "restaurant tag:navy") == ["i1"]
    assert ids(known, "restaurant !tag:navy") == ["i2"]
    assert ids(known, "restaurant (company:engines or tag:navy)") == ["i2", "i1"]
    assert ids(known, "harbour tag:friend") == []
    assert ids(known, "harbour since:2026-01-01") == ["i1"]
    assert ids(known, "restaurant since:20d") == ["i2"]
    assert ids(known, f"restaurant until:{TODAY - timedelta(days=20)}") == ["i1"]
    assert ids(known, f"restaurant on:{TODAY - timedelta(days=10)}") == ["i2"]
    assert ids(known, "restaurant kind:coffee") == ["i2"]
    assert ids(known, "restaurant !kind:coffee") == ["i1"]
    assert ids(known, "restaurant (kind:coffee or since:90d)") == ["i2", "i1"]


@pytest.mark.parametrize("most", [0, 1000])
def test_keys_say_with_whom_however_many_they_are(
    known: Connection, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(store, "MOST_IDENTIFIERS", most)
    assert ids(known, "restaurant tag:navy") == ["i1"]
    assert ids(known, "restaurant !tag:navy") == ["i2"]
    assert ids(known, "restaurant tag:navy kind:coffee") == []


def test_who_was_let_go_is_found_and_says_so(known: Connection) -> None:
    people.set_state(known, CALL, 1, "archive")
    person, entry = find(known, "harbour").items
    assert (person.person and person.person.state, entry.participants[0].state) == ("archived", "archived")
    assert ids(known, "harbour state:active") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "name a word"),
        ("kind:mail !lunch", "only what is not to be there"),
        ("since:2026-13", "this is no date"),
        ("!lunch", "only what is not to be there"),
        ("lunch or !coffee", "only what is not to be there"),
        ("lunch or tag:friend", "cannot be alternatives"),
        ("lunch or kind:meal", "cannot be alternatives"),
        ('"?!"', "nothing to search for in"),
        ("lunch since:never", "this is no date"),
        ("lunch nonsense:x", "no key"),
        ("lunch \udcff", "no text in UTF-8"),
        ("(" * 35 + "!(a b)" + ")" * 35, "only what is not to be there"),
    ],
)
def test_what_asks_for_nothing_is_refused_with_a_remedy(known: Connection, line: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        find(known, line)
    assert refused.value.hint


@given(st.text(max_size=60))
def test_no_text_is_ever_an_error_of_the_index(text: str) -> None:
    with closing(in_memory()) as conn:
        add(conn, name="Ada Lovelace")
        with suppress(UsageError):
            find(conn, text)


@pytest.mark.parametrize(
    "text",
    [
        *("NEAR(a b)", "a NEAR b", "title : x", "{title} : x", "^a", "-a", "a + b", "a*", "*", "a^b", "a AND", "a'b"),
        *('"a"b"', "a\x00b", "\x80123", "who:\x801", "%_", "😀", "日本", "ça\u0000", "a;drop table person", "()"),
    ],
)
def test_the_language_of_the_index_is_text_like_any_other(known: Connection, text: str) -> None:
    for line in (text, '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"', f"({text})", f"!{text} lunch"):
        with suppress(UsageError):
            find(known, line)


def test_parentheses_as_deep_as_a_query_may_have_them_are_searched(known: Connection) -> None:
    line = "lunch"
    for number in range(38):
        line = f"({line} {'or' if number % 2 else ''} lunch)"
    assert ids(known, line) == ["i1"]


def test_scripts_without_spaces_and_emoji_are_found(conn: Connection) -> None:
    add(conn, name="山田太郎")
    log(conn, 1, "東京タワーで会った 🎂", 3)
    log(conn, 1, "ร้านอาหารอร่อย", 2)
    assert ids(conn, "京タ") == ["i1"]
    assert ids(conn, "太郎") == ["1", "i2", "i1"]
    assert ids(conn, "อาหาร") == ["i2"]
    assert ids(conn, "🎂") == ["i1"]
    assert shown(find(conn, "京タ").items[0]) == [("title", ["京タ"])]


def test_mail_of_whom_nobody_has_claimed_is_found_by_name_and_address(conn: Connection) -> None:
    letters = [mail("1", NOW - timedelta(days=2), "Emmy Noether <emmy@example.org>", ["me@example.org"])]
    ingest(conn, job(letters), now=NOW)
    for line in ("emmy", "noether", "emmy@example.org"):
        (item,) = find(conn, line).items
        assert item.participants[0].person_id is None
        assert (item.participants[0].name, item.participants[0].identifier) == ("Emmy Noether", "emmy@example.org")


def test_the_newest_comes_first_and_within_a_day_by_the_hour(conn: Connection) -> None:
    add(conn, name="Ada Lovelace", emails=["ada@example.org"])
    day = datetime(2026, 2, 1, tzinfo=UTC)
    items = [
        meeting(str(hour), day.replace(hour=hour), ("email", "ada@example.org"), title="talk") for hour in (9, 17, 12)
    ]
    items += [meeting("late", datetime(2026, 2, 2, tzinfo=UTC).date(), ("email", "ada@example.org"), title="talk")]
    ingest(conn, job(items), now=NOW)
    assert ids(conn, "talk") == ["i4", "i2", "i3", "i1"]
    assert ids(conn, "talk", limit=2) == ["i4", "i2"]
    assert ids(conn, "talk", order="oldest", limit=2) == ["i1", "i3"]


def test_the_best_fit_comes_first_where_that_is_asked_for(known: Connection) -> None:
    log(known, 1, "walk\nwe talked about restaurants", 1)
    assert ids(known, "restaurant") == ["i4", "i2", "i1"]
    assert ids(known, "restaurant", order="best") == ["i2", "i1", "i4"]


def test_days_to_come_are_counted_apart(known: Connection) -> None:
    log(known, 1, "dentist", -3)
    log(known, 1, "dentist", 3)
    found = find(known, "dentist")
    assert ([item.id for item in found.items], found.ahead) == (["i5"], 1)
    assert ids(known, "dentist since:today") == ["i4"]
    assert ids(known, "dentist", until=TODAY - timedelta(days=4)) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kind:coffee", ["i2"]),
        ("since:2026-02", ["i3", "i2"]),
        ("on:2026-01", ["i1"]),
        ("since:2025 until:2026-01", ["i1"]),
        ("on:2025", []),
        ("(on:2026-01 or kind:coffee)", ["i2", "i1"]),
        ("!on:2026-01", ["i3", "i2"]),
        ("tag:friend", ["2", "i2"]),
        ("(tag:friend or tag:navy)", ["2", "1", "i2", "i1"]),
        ("tag:friend !kind:note", ["i2"]),
        ("tag:nobody", []),
    ],
)
def test_keys_alone_find_whatever_fits_them(known: Connection, line: str, found: list[str]) -> None:
    assert ids(known, line) == found


def test_keys_alone_know_what_lies_ahead_and_the_limit(known: Connection) -> None:
    log(known, 1, "coffee", -3)
    found = find(known, "kind:coffee", limit=1)
    assert ([item.id for item in found.items], found.total, found.ahead) == (["i2"], 1, 1)
    assert ids(known, "kind:coffee since:today") == ["i4"]
    assert ids(known, "tag:navy", order="oldest") == ["1", "i1"]
    assert find(known, "since:2026", limit=1).total == 4


def test_an_entry_without_a_title_shows_how_it_begins(known: Connection) -> None:
    said = meeting("1", TODAY, ("email", "ada@example.org"), body="a long talk about the sea")
    ingest(known, job([said]), now=NOW)
    assert find(known, "kind:meeting").items[0].snippets[0].text == "a long talk about the sea"


def test_an_entry_that_is_moved_is_found_on_its_new_day(known: Connection) -> None:
    logbook.edit(known, CALL, 1, Change(on=TODAY))
    assert ids(known, "restaurant") == ["i1", "i2"]
    history.undo(known, CALL, None)
    assert ids(known, "restaurant") == ["i2", "i1"]


def test_the_limit_leaves_room_for_history_behind_people(conn: Connection) -> None:
    for number in range(12):
        add(conn, name=f"Ada {number}")
    for number in range(12):
        log(conn, 1, f"ada and {number}", number)
    found = find(conn, "ada", limit=8)
    assert [item.kind == "person" for item in found.items] == [True] * 2 + [False] * 6
    assert (found.total, found.people, found.total_exact) == (24, 12, True)
    assert len(find(conn, "ada", limit=20).items) == 20
    assert len(find(conn, "ada", limit=0).items) == 24
    assert len(find(conn, "ada", limit=1).items) == 1


def test_a_total_that_nobody_counted_to_the_end_says_so(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BOUND", 3)
    add(conn, name="Ada Lovelace")
    for number in range(5):
        log(conn, 1, "coffee", number)
    found = find(conn, "coffee", limit=2)
    assert (len(found.items), found.total, found.total_exact) == (2, 3, False)
    assert (find(conn, "coffee", limit=0).total, find(conn, "coffee", limit=0).total_exact) == (5, True)


@given(st.text(max_size=40), st.text(max_size=12))
def test_marks_stand_within_the_text_one_behind_another(text: str, word: str) -> None:
    looked_for = wanted(word, phrase=False)
    if looked_for is None:
        return
    found = marks(text, [looked_for])
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@given(st.text(alphabet=st.characters(categories=["L", "Mn", "Nd"]), min_size=1, max_size=12))
def test_a_word_finds_itself(word: str) -> None:
    with closing(in_memory()) as conn:
        add(conn, name="Ada Lovelace")
        log(conn, 1, f"before {word} behind", 1)
        try:
            found = ids(conn, f'"{word}"')
        except UsageError:
            return
        assert found == ["i1"]


def test_every_field_of_the_document_is_there(known: Connection) -> None:
    for item in find(known, "harbour").items:
        assert msgspec.json.decode(msgspec.json.encode(item), type=SearchItem) == item
