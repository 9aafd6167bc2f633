from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from dexcli.domain import due
from dexcli.domain.names import fold
from dexcli.domain.query import MAX_DEPTH, MAX_TERMS, And, Node, Not, Or, Term, Text, parse
from dexcli.errors import UsageError
from dexcli.store import claims, interactions, people, query, tags
from dexcli.store.connection import Connection, open_for_reading, open_for_writing, transaction
from dexcli.store.journal import operation
from dexcli.store.settings import DueSettings, adopt, due_settings
from dexcli.store.standing import derive

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Person(Struct, frozen=True, kw_only=True):
    """One of the population, as the test itself understands them."""

    name: str
    state: str = "active"
    claims: tuple[tuple[str, str], ...] = ()
    taken_off: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    cadence: str | None = None
    cadence_by_tag: str | None = None
    contacts: tuple[str, ...] = ()
    other_entries: tuple[str, ...] = ()
    """Days of what happened and does not count as contact."""

    def said(self, *fields: str) -> list[str]:
        return [value for field, value in self.claims if field in fields]


POPULATION = (
    Person(
        name="Ada Lovelace",
        claims=(
            ("company", "Analytical Engines"),
            ("company", "Royal Society of London"),
            ("title", "Analyst"),
            ("location", "London"),
            ("met_where", "Café Zürich"),
            ("note", "Likes 100% wool.\nAsked about the loom_cards."),
            ("email", "ada@example.org"),
            ("email", "a.lovelace@engines.example.com"),
            ("phone", "+442079460958"),
            ("birthday", "1815-12-10"),
        ),
        taken_off=(("company", "Babbage & Co"), ("email", "old@example.net")),
        tags=("friend", "maths"),
        cadence="2w",
        contacts=("2025-06-01", "2026-03-01"),
    ),
    Person(
        name="Alan Turing",
        state="archived",
        claims=(("company", "Bletchley Park"), ("email", "alan@example.org"), ("birthday", "1912-06-23")),
        contacts=("2026-03-09",),
    ),
    Person(name="Charles Babbage", state="ignored", tags=("friend",)),
    Person(
        name="Émilie du Châtelet",
        claims=(("location", "Paris"), ("title", "Physicist"), ("birthday", "1706-12-17"), ("url", "https://example.org")),
        tags=("vis-viva",),
        cadence="never",
        other_entries=("2026-03-05",),
    ),
    Person(
        name="Grace Hopper",
        claims=(
            ("company", "US Navy"),
            ("address", "Pentagon, Arlington"),
            ("email", "grace@example.com"),
            ("phone", "020 7946 0111 or so"),
            ("phone", "+15550100;ext=12"),
            ("birthday", "--12-09"),
            ("met_on", "1944-07-02"),
        ),
        tags=("navy",),
        cadence_by_tag="1m",
        contacts=("2025-12-10",),
    ),
    Person(
        name="Mary Somerville",
        state="merged",
        claims=(("company", "Royal Society"), ("email", "mary@example.org")),
        contacts=("2026-03-01",),
    ),
    Person(name="Sofja Kowalewskaja", state="deceased", claims=(("company", "Bletchley"), ("birthday", "--02-29"))),
    Person(
        name="Zoë O'Brien-Łuczak",
        claims=(
            ("company", "C++ Guild"),
            ("note", 'Met Ada; knows %wildcards% and "quotes".'),
            ("anniversary", "2001-12-10"),
        ),
        tags=("c++", "Frühling"),
        contacts=("2026-03-12",),
    ),
    Person(name="李明", tags=("c",), contacts=("2026-02-08",)),
)  # fmt: skip

ADA, ALAN, CHARLES, EMILIE, GRACE, MARY, SOFJA, ZOE, MING = (person.name for person in POPULATION)
ACTIVE = [ADA, EMILIE, GRACE, ZOE, MING]


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The population, read-only: derived on the tenth of March."""
    path = tmp_path_factory.mktemp("query") / "dex.db"
    writing = open_for_writing(path)
    write(writing)
    writing.close()
    reading = open_for_reading(path)
    yield reading
    reading.close()


def write(conn: Connection) -> None:
    with operation(conn, now=NOW, command="test") as op:
        op.update("tag", tags.tag_id(op, "navy"), cadence="1m", cadence_set_on="2026-01-01")
        for person in POPULATION:
            id_ = people.add(op, person.name)
            own = conn.execute("select id from identifier where person_id = ?", (id_,)).fetchone()[0]
            for field, value in person.claims + person.taken_off:
                claims.add_claim(op, id_, field, value)
            for field, value in person.taken_off:
                claims.take_off(op, id_, field, value)
            claims.settle(op, id_, {field for field, _ in person.claims})
            for tag in person.tags:
                tags.give_tag(op, id_, tag)
            op.update("person", id_, state=person.state, cadence=person.cadence, cadence_set_on="2026-01-01")
            for counts, days in ((True, person.contacts), (False, person.other_entries)):
                for day in days:
                    interactions.add(
                        op,
                        key=f"test:{id_}:{day}",
                        kind="meeting",
                        on=date.fromisoformat(day),
                        at=None,
                        direction=None,
                        title=None,
                        body=None,
                        place=None,
                        minutes=None,
                        participants=[(own, "with", counts, "test")],
                    )


def names(conn: Connection, node: Node | None, *, today: date = TODAY, region: str | None = "GB") -> list[str]:
    ids = query.select_ids(conn, node, today=today, settings=due_settings(conn), order=None, region=region)
    return [conn.execute("select name from person where id = ?", (id_,)).fetchone()[0] for id_ in ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ACTIVE),
        # states
        ("state:all", [ADA, ALAN, CHARLES, EMILIE, GRACE, SOFJA, ZOE, MING]),
        ("state:archived", [ALAN]),
        ("state:deceased or state:ignored", [CHARLES, SOFJA]),
        ("!state:active", [ALAN, CHARLES, SOFJA]),
        ("!(state:archived or tag:friend)", [EMILIE, GRACE, SOFJA, ZOE, MING]),
        ("state:all company:royal", [ADA]),
        # tags
        ("tag:friend", [ADA]),
        ("tag:FRIEND", [ADA]),
        ("tag:frien", []),
        ("tag:fruhling", [ZOE]),
        ("tag:c", [MING]),
        ("tag:c++", [ZOE]),
        ('tag:"vis viva"', [EMILIE]),
        ("tag:+friend", [ADA]),
        ("!tag:friend", [EMILIE, GRACE, ZOE, MING]),
        # parts of what is said
        ("company:engine", [ADA]),
        ("company:ENGINES", [ADA]),
        ("company:royal", [ADA]),
        ('company:"society of"', [ADA]),
        ("company:babbage", []),
        ("title:ist", [EMILIE]),
        ("location:lond", [ADA]),
        ("location:arlington", [GRACE]),
        ("met:zurich", [ADA]),
        ("met:CAFÉ", [ADA]),
        ("name:chat", [EMILIE]),
        ("name:obrien", [ZOE]),
        ("name:luczak", [ZOE]),
        ("name:明", [MING]),
        # addresses and numbers
        ("email:example.org", [ADA]),
        ("email:@EXAMPLE", [ADA, GRACE]),
        ("email:example.net", []),
        ("email:a-lovelace", []),
        ("phone:+442079460958", [ADA]),
        ('phone:"020 7946 0958"', [ADA]),
        ('phone:"+44 (0)20 7946-0958"', [ADA]),
        ("phone:tel:+44-20-7946-0958", [ADA]),
        ("phone:0958", [ADA]),
        ("phone:٠٩٥٨", [ADA]),
        ("phone:02079460111", [GRACE]),
        ('phone:"+1 555 0100"', [GRACE]),
        ("phone:+442079460957", []),
        # who exactly
        ("handle:ada-lovelace", [ADA]),
        ("handle:Ada-Lovelace", [ADA]),
        ("handle:emilie-du-châtelet", [EMILIE]),
        ("handle:ada", []),
        ("id:1", [ADA]),
        ("id:001", [ADA]),
        ("id:2", []),
        ("id:0", []),
        (f"id:{'9' * 19}", []),
        (f"id:{'9' * 9999}", []),
        # cadences
        ("every:2w", [ADA]),
        ("every:biweekly", [ADA]),
        ("every:monthly", [GRACE]),
        ("every:1y", []),
        ("every:none", [EMILIE, ZOE, MING]),
        ("every:ANY", [ADA, GRACE]),
        ("every:never", [EMILIE]),
        ("has:cadence", [ADA, GRACE]),
        # contact
        ("recent:9d", [ADA]),
        ("recent:8d", []),
        ("recent:30d", [ADA, MING]),
        ("recent:1m", [ADA]),
        ("recent:90d", [ADA, GRACE, MING]),
        ("quiet:90d", [EMILIE, ZOE]),
        ("quiet:89d", [EMILIE, GRACE, ZOE]),
        ("since:2026-02-08", [ADA, MING]),
        ("since:2026-02-09", [ADA]),
        ("since:2026-02", [ADA, MING]),
        ("since:2026-2", [ADA, MING]),
        ("since:2027", []),
        ('since:"1 march"', [ADA]),
        ("since:tomorrow", []),
        ("has:contact", [ADA, GRACE, MING]),
        ("!has:contact", [EMILIE, ZOE]),
        # due
        ("due:now", [GRACE]),
        ("due:4d", [GRACE]),
        ("due:5d", [ADA, GRACE]),
        # birthdays
        ("birthday:december", [ADA, EMILIE, GRACE]),
        ("birthday:Dec", [ADA, EMILIE, GRACE]),
        ("birthday:12-09", [GRACE]),
        ('birthday:"10 December"', [ADA]),
        ("birthday:1815-12-10", [ADA]),
        ("birthday:1816-12-10", []),
        ("state:all birthday:02-29", [SOFJA]),
        ("birthday:may", []),
        # anything known
        ("has:email", [ADA, GRACE]),
        ("has:phone", [ADA, GRACE]),
        ("has:url", [EMILIE]),
        ("has:birthday", [ADA, EMILIE, GRACE]),
        ("has:company", [ADA, GRACE, ZOE]),
        ("has:title", [ADA, EMILIE]),
        ("has:location", [ADA, EMILIE]),
        ("has:met", [ADA, GRACE]),
        ("has:tag", ACTIVE),
        ("has:note", [ADA, ZOE]),
        # words and phrases
        ("ada", [ADA, ZOE]),
        ("lov", [ADA]),
        ("lace", []),
        ("ada lov", [ADA]),
        ("lovelace ada", [ADA]),
        ('"ada lovelace"', [ADA]),
        ('"lovelace ada"', []),
        ('"ada lov"', []),
        ("engine", [ADA]),
        ('"engine"', []),
        ("analyst", [ADA]),
        ("paris", [EMILIE]),
        ("frie", [ADA]),
        ("frühl", [ZOE]),
        ("loom", [ADA]),
        ('"wool asked about"', [ADA]),
        ("zurich", []),
        ("arlington", []),
        ("du chatelet", [EMILIE]),
        ("o'brien", [ZOE]),
        ("100%", [ADA]),
        ("李", [MING]),
        # and, or, not
        ("tag:friend or tag:navy", [ADA, GRACE]),
        ("has:birthday !has:email", [EMILIE]),
        ("(tag:friend or tag:navy) quiet:30d", [GRACE]),
        ("!!tag:friend", [ADA]),
        ("every:none recent:30d", [MING]),
    ],
)  # fmt: skip
def test_a_query_finds(conn: Connection, text: str, expected: list[str]) -> None:
    assert names(conn, parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "quiet:soon",
        "quiet:90",
        "quiet:9999y",
        "quiet:999999999w",
        "recent:-3d",
        "due:later",
        "due:99999y",
        "since:whenever",
        "since:2026-02-30",
        "since:2026-13",
        "since:0000",
        "since:03/04/2026",
        "every:sometimes",
        "every:0d",
        "birthday:soon",
        "birthday:13-01",
        "birthday:02-30",
        "phone:mobile",
        "phone:000",
        "name:\u200b",
        "\u202e",
        "tag:\udcff",
        "email:\udcff",
        "handle:\udcff",
        "company:\udcff",
        "phone:\udcff",
        "every:\udcff",
        "since:\udcff",
        "\udcff",
    ],
)
def test_a_value_that_its_key_cannot_read_is_refused_with_a_remedy(conn: Connection, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        names(conn, parse(text))
    assert refused.value.hint or "no such day" in refused.value.message
    refused.value.message.encode()


def test_an_ambiguous_date_is_read_by_the_order_of_the_reader(conn: Connection) -> None:
    node = parse("since:08/02/2026")
    found = {
        order: len(query.select_ids(conn, node, today=TODAY, settings=due_settings(conn), order=order, region=None))
        for order in ("DMY", "MDY")
    }
    assert found == {"DMY": 2, "MDY": 0}


def test_a_national_number_is_read_in_the_region_of_the_reader(conn: Connection) -> None:
    assert names(conn, parse('phone:"(20) 7946 0958"'), region="GB") == [ADA]
    assert names(conn, parse('phone:"(207) 946-0958"'), region="US") == []
    assert names(conn, parse('phone:"020 7946 0958"'), region=None) == [ADA]


@pytest.mark.parametrize("key", ["name", "company", "title", "location", "met", "tag", "email", "handle", ""])
@pytest.mark.parametrize(
    "value", ["%", "_", "*", "?", "'", '"', "\\", "' or 1=1 --", "%' or '1'='1", "[a-z]*", "a" * 200_000, "% " * 60_000]
)
def test_wildcards_and_quotes_are_text_like_any_other(conn: Connection, key: str, value: str) -> None:
    assert names(conn, Term(key, value) if key else Text(value)) in ([], [ZOE] if value == '"' else [])


def test_the_largest_query_that_can_be_written_runs(conn: Connection) -> None:
    assert names(conn, parse(" or ".join(["nobody", *["zzz"] * (MAX_TERMS - 2), "ada"]))) == [ADA, ZOE]
    assert names(conn, parse(" ".join(["ada"] * MAX_TERMS))) == [ADA, ZOE]
    assert names(conn, parse("!" * MAX_DEPTH + "lov")) == [ADA]


def test_a_query_may_run_while_another_is_being_read(conn: Connection) -> None:
    condition, values = query.where(
        conn, parse("ada"), today=TODAY, settings=due_settings(conn), order=None, region=None
    )
    rows = conn.execute(
        f"select p.id from person p left join standing s on s.person_id = p.id where {condition}", values
    )
    first = next(rows)[0]
    assert names(conn, parse("lovelace")) == [ADA]
    assert [first, *(row[0] for row in rows)] == query.select_ids(
        conn, parse("ada"), today=TODAY, settings=due_settings(conn), order=None, region=None
    )


def test_nothing_that_the_user_wrote_is_part_of_the_sql(conn: Connection) -> None:
    text = 'secretword "secretword x" tag:secretword company:secretword email:secretword handle:secretword'
    condition, values = query.where(
        conn, parse(text), today=TODAY, settings=due_settings(conn), order=None, region=None
    )
    assert "secretword" not in condition
    assert condition.count("?") == len(values)


@pytest.fixture
def own_conn(tmp_path: Path) -> Iterator[Connection]:
    """The population, for a test that writes."""
    conn = open_for_writing(tmp_path / "dex.db")
    write(conn)
    yield conn
    conn.close()


def test_a_new_default_cadence_holds_before_it_is_derived(own_conn: Connection) -> None:
    with transaction(own_conn):
        adopt(own_conn, DueSettings(cadence="3m"), "", None)
    assert names(own_conn, parse("every:3m")) == [ZOE, MING]
    assert names(own_conn, parse("every:none")) == [EMILIE]
    assert names(own_conn, parse("every:any")) == [ADA, GRACE, ZOE, MING]
    assert names(own_conn, parse("state:archived every:3m")) == [ALAN]


def test_the_derived_rows_are_not_believed_when_the_clock_moves(conn: Connection) -> None:
    meeting = date(2026, 3, 12)
    assert names(conn, parse("recent:1d"), today=meeting - timedelta(days=1)) == []
    assert names(conn, parse("recent:1d"), today=meeting) == [ZOE]
    assert names(conn, parse("due:now"), today=date(2026, 3, 15)) == [ADA, GRACE]
    assert names(conn, parse("has:contact"), today=date(2025, 6, 1)) == [ADA]


# -- a second reading of every query, person by person ------------------------------------------------


def fits(conn: Connection, person: Person, node: Node, today: date) -> bool:
    match node:
        case And():
            return all(fits(conn, person, item, today) for item in node.items)
        case Or():
            return any(fits(conn, person, item, today) for item in node.items)
        case Not():
            return not fits(conn, person, node.item, today)
        case Text():
            texts = [person.name, *person.tags, *person.said("company", "title", "location", "note")]
            return any(has_words(fold(text).split(), fold(node.value).split(), node) for text in texts)
        case Term():
            return fits_term(conn, person, node.key, node.value, today)


def has_words(words: list[str], wanted: list[str], text: Text) -> bool:
    runs = [words[at : at + len(wanted)] for at in range(len(words) - len(wanted) + 1)]
    if text.phrase:
        return wanted in runs
    return any(run[:-1] == wanted[:-1] and run[-1].startswith(wanted[-1]) for run in runs)


FIELDS = {
    "company": ("company",),
    "title": ("title",),
    "location": ("location", "address"),
    "met": ("met_where",),
}
NUMBERS = {"+44 20 7946 0958": [ADA], "0111": [GRACE], "+15550100": [GRACE], "+1 555 0199": [], "555": [GRACE]}
BIRTHDAYS = {"december": "-12-", "12-10": "-12-10", "1815-12-10": "1815-12-10", "june": "-06-", "02-29": "-02-29"}
DURATIONS = {"0d": 0, "1d": 1, "9d": 9, "2w": 14, "30 days": 30, "90d": 90, "200w": 1400}


def fits_term(conn: Connection, person: Person, key: str, value: str, today: date) -> bool:
    contacts = [day for day in person.contacts if day <= today.isoformat()]
    cadence = None if person.state != "active" or person.cadence == "never" else person.cadence or person.cadence_by_tag
    match key:
        case "tag":
            return value.lower() in (tag.lower() for tag in person.tags)
        case "company" | "title" | "location" | "met":
            return any(fold(value) in fold(said) for said in person.said(*FIELDS[key]))
        case "name":
            return fold(value) in fold(person.name)
        case "email":
            return any(value.lower() in address for address in person.said("email"))
        case "phone":
            return person.name in NUMBERS[value]
        case "handle":
            return value.lower() == "-".join(fold(person.name).split())
        case "id":
            return int(value) == POPULATION.index(person) + 1
        case "state":
            return value in ("all", person.state)
        case "every":
            return cadence == {"none": None, "biweekly": "2w"}.get(value, value) or (
                cadence is not None and value == "any"
            )
        case "recent" | "quiet":
            since = today - timedelta(days=DURATIONS[value])
            return (key == "recent") == any(day >= since.isoformat() for day in contacts)
        case "since":
            return any(day >= value for day in contacts)
        case "due":
            return is_due(conn, person, today, today + timedelta(days=0 if value == "now" else DURATIONS[value]))
        case "birthday":
            return any(BIRTHDAYS[value] in said for said in person.said("birthday"))
        case "has":
            if value in ("tag", "cadence", "contact"):
                return bool({"tag": person.tags, "cadence": cadence, "contact": contacts}[value])
            return bool(person.said("met_where", "met_on") if value == "met" else person.said(value))
    raise AssertionError(key)


def is_due(conn: Connection, person: Person, today: date, until: date) -> bool:
    derived = derive(conn, POPULATION.index(person) + 1, today, due_settings(conn))
    return derived is not None and due.assess(derived.facts, today, until) is not None


def names_state(node: Node) -> bool:
    match node:
        case And() | Or():
            return any(names_state(item) for item in node.items)
        case Not():
            return names_state(node.item)
        case Term():
            return node.key == "state"
    return False


words_people_use = st.sampled_from(
    (
        *("ada", "lovel", "Zoë", "o'brien", "obrien luczak", "royal society", "engines", "LONDON", "c", "c++", "a"),
        *("du", "du châtelet", "李", "friend", "vis-viva", "café", "loom_cards", "100%", "%", "_", "'", "example"),
    )
)
values = words_people_use | st.text(min_size=1, max_size=4).filter(fold)
texts = st.builds(Text, values, st.booleans())
terms = st.one_of(
    st.builds(Term, st.sampled_from(("company", "title", "location", "met", "name")), values),
    st.builds(Term, st.just("tag"), st.sampled_from(("friend", "NAVY", "c", "c++", "vis-viva", "nobody", "%"))),
    st.builds(Term, st.just("email"), st.sampled_from(("example.org", "ada@", "@EXAMPLE.com", "old", "%", "."))),
    st.builds(Term, st.just("phone"), st.sampled_from(sorted(NUMBERS))),
    st.builds(Term, st.just("handle"), st.sampled_from(("ada-lovelace", "Grace-Hopper", "ada", "%"))),
    st.builds(Term, st.just("id"), st.integers(0, 12).map(str)),
    st.builds(Term, st.just("state"), st.sampled_from(("active", "archived", "ignored", "deceased", "all"))),
    st.builds(Term, st.just("every"), st.sampled_from(("2w", "biweekly", "1m", "1y", "none", "any"))),
    st.builds(Term, st.sampled_from(("quiet", "recent", "due")), st.sampled_from(sorted(DURATIONS))),
    st.just(Term("due", "now")),
    st.builds(Term, st.just("since"), st.dates(date(2025, 5, 1), date(2026, 5, 1)).map(date.isoformat)),
    st.builds(Term, st.just("birthday"), st.sampled_from(sorted(BIRTHDAYS))),
    st.builds(
        Term,
        st.just("has"),
        st.sampled_from(("email", "phone", "url", "birthday", "company", "title", "location", "met"))
        | st.sampled_from(("tag", "note", "cadence", "contact")),
    ),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    texts | terms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
days = st.just(TODAY) | st.integers(-300, 500).map(lambda ahead: TODAY + timedelta(days=ahead))


@given(node=nodes, today=days)
def test_any_query_finds_whom_a_plain_reading_of_it_finds(conn: Connection, node: Node, today: date) -> None:
    expected = [
        person.name
        for person in sorted(POPULATION, key=lambda person: fold(person.name))
        if person.state == "active" or (person.state != "merged" and names_state(node))
        if fits(conn, person, node, today)
    ]
    assert names(conn, node, today=today) == expected


@given(
    key=st.sampled_from(("tag", "company", "name", "email", "phone", "handle", "every", "quiet", "since", "due"))
    | st.sampled_from(("recent", "birthday", "title", "location", "met")),
    value=st.text(st.characters(), min_size=1) | st.from_regex(r"[0-9 +()./-]{1,12}[a-z ]{0,9}", fullmatch=True),
)
def test_any_value_is_answered_or_refused(conn: Connection, key: str, value: str) -> None:
    try:
        found = names(conn, Term(key, value))
    except UsageError:
        return
    assert found != ACTIVE or key == "quiet"
