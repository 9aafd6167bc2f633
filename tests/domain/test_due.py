from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dexcli.domain import due
from dexcli.domain.cadence import Cadence
from dexcli.domain.dates import Unit
from dexcli.domain.due import Assessment, Commitment, Contact, Facts, Occasion, Standing

TODAY = date(2026, 3, 8)
"""A Sunday."""
DAY = timedelta(days=1)
WEEK, MONTH, YEAR = Cadence(1, "w"), Cadence(1, "m"), Cadence(1, "y")
UNITS: list[Unit] = ["d", "w", "m", "y"]


def facts(**values: object) -> Facts:
    return Facts(person_id=1, uid="4e0c4f2e-0000-4000-8000-000000000000", **values)  # type: ignore[arg-type] # by name


def on(text: str) -> date:
    return date.fromisoformat(text)


def promise(due_on: str, *, kind: str = "promise", direction: str = "mine") -> Commitment:
    return Commitment(id=7, kind=kind, direction=direction, text="the paper", due_on=on(due_on))


def birthday(month: int, day: int, lead: int | None = None) -> Occasion:
    return Occasion(kind="birthday", month=month, day=day, lead=lead)


def reasons(item: Assessment | None) -> list[tuple[str, str]]:
    return [] if item is None else [(reason.code, reason.due_on.isoformat()) for reason in item.reasons]


# -- when the cadence runs out -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (facts(cadence=MONTH, last_contact_on=on("2026-01-31")), "2026-02-28"),
        (facts(cadence=MONTH, last_contact_on=on("2024-01-31")), "2024-02-29"),
        (facts(cadence=MONTH, last_contact_on=on("2026-08-01")), "2026-09-01"),
        (facts(cadence=YEAR, last_contact_on=on("2024-02-29")), "2025-02-28"),
        (facts(cadence=WEEK, last_contact_on=on("2026-03-25")), "2026-04-01"),
        # Never contacted: from the day on which the cadence was set.
        (facts(cadence=WEEK, cadence_since=on("2026-03-01")), "2026-03-08"),
        # A contact before or after that day decides by itself.
        (facts(cadence=WEEK, cadence_since=on("2026-03-01"), last_contact_on=on("2026-02-01")), "2026-02-08"),
        (facts(cadence=WEEK, cadence_since=on("2026-03-01"), last_contact_on=on("2026-03-05")), "2026-03-12"),
        (facts(cadence_since=on("2026-03-01"), last_contact_on=on("2026-02-01")), None),
        (facts(cadence=WEEK), None),
    ],
)
def test_a_cadence_runs_from_the_last_contact_in_calendar_units(known: Facts, expected: str | None) -> None:
    found = due.next_due(known)

    assert (found and found[0].isoformat()) == expected


def test_first_dates_of_many_are_spread_and_the_first_contact_ends_that() -> None:
    many = [
        replace(facts(cadence=MONTH, cadence_since=TODAY, cadence_spread=True), uid=str(UUID(int=number)))
        for number in range(200)
    ]

    first = [found[0] for found in map(due.next_due, many) if found]
    contacted = [due.next_due(replace(one, last_contact_on=TODAY)) for one in many]

    assert min(first) > TODAY
    assert max(first) <= MONTH.after(TODAY)
    assert len(set(first)) > 20
    assert {found and found[0] for found in contacted} == {MONTH.after(TODAY)}


# -- the row of a day ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (facts(), []),
        # cadence
        (facts(cadence=WEEK, last_contact_on=on("2026-03-02")), []),
        (facts(cadence=WEEK, last_contact_on=on("2026-03-01")), [("cadence", "2026-03-08")]),
        (facts(cadence=WEEK, last_contact_on=on("2020-01-01")), [("cadence", "2020-01-08")]),
        # a reply is owed for three days
        (facts(reply_owed_on=on("2026-03-06")), []),
        (facts(reply_owed_on=on("2026-03-05")), [("reply_owed", "2026-03-08")]),
        (facts(reply_owed_on=on("2025-12-09")), [("reply_owed", "2025-12-12")]),
        (facts(reply_owed_on=on("2025-12-08")), []),
        (facts(reply_owed_on=on("2025-01-01"), last_contact_on=on("2026-02-01")), [("reply_owed", "2025-01-04")]),
        # promises and reminders
        (facts(commitments=(promise("2026-03-09"),)), []),
        (facts(commitments=(promise("2026-03-08"),)), [("promise", "2026-03-08")]),
        (facts(commitments=(promise("2026-03-01", direction="theirs"),)), [("promise_theirs", "2026-03-01")]),
        (facts(commitments=(promise("2026-03-01", kind="reminder"),)), [("reminder", "2026-03-01")]),
        # occasions: for people with a cadence, an importance or contact within two years
        (facts(cadence=YEAR, last_contact_on=TODAY, occasions=(birthday(3, 15),)), [("birthday", "2026-03-15")]),
        (facts(cadence=YEAR, last_contact_on=TODAY, occasions=(birthday(3, 16),)), []),
        (facts(cadence=YEAR, last_contact_on=TODAY, occasions=(birthday(3, 8),)), [("birthday", "2026-03-08")]),
        (facts(cadence=YEAR, last_contact_on=TODAY, occasions=(birthday(3, 7),)), []),
        (facts(importance=1, occasions=(birthday(3, 20),), lead=12), [("birthday", "2026-03-20")]),
        # notice: the person's or a tag's, else the kind's, else the default
        (facts(importance=1, occasions=(birthday(3, 20, lead=12),)), [("birthday", "2026-03-20")]),
        (facts(importance=1, occasions=(birthday(3, 20, lead=11),)), []),
        (facts(importance=1, occasions=(birthday(3, 20, lead=12),), lead=0), []),
        (facts(importance=1, occasions=(birthday(3, 20, lead=0),), lead=12), [("birthday", "2026-03-20")]),
        (facts(importance=1, occasions=(birthday(3, 20, lead=0),), default_lead=30), []),
        (facts(importance=1, occasions=(birthday(3, 20),), default_lead=30), [("birthday", "2026-03-20")]),
        (facts(importance=0, occasions=(birthday(3, 10),)), [("birthday", "2026-03-10")]),
        (facts(last_contact_on=on("2024-03-08"), occasions=(birthday(3, 10),)), [("birthday", "2026-03-10")]),
        (facts(last_contact_on=on("2024-03-07"), occasions=(birthday(3, 10),)), []),
        (facts(occasions=(birthday(3, 10),)), []),
        # snooze
        (facts(cadence=WEEK, last_contact_on=on("2026-01-01"), snoozed_until=on("2026-03-09")), []),
        (
            facts(cadence=WEEK, last_contact_on=on("2026-01-01"), snoozed_until=on("2026-03-08")),
            [("cadence", "2026-01-08")],
        ),
    ],
)  # fmt: skip
def test_the_reasons_of_a_day(known: Facts, expected: list[tuple[str, str]]) -> None:
    assert reasons(due.assess(known, TODAY)) == expected


@pytest.mark.parametrize(
    ("known", "horizon", "expected"),
    [
        (facts(cadence=WEEK, last_contact_on=on("2026-03-05")), "2026-03-11", []),
        (facts(cadence=WEEK, last_contact_on=on("2026-03-05")), "2026-03-12", [("cadence", "2026-03-12")]),
        (facts(reply_owed_on=TODAY), "2026-03-11", [("reply_owed", "2026-03-11")]),
        (facts(commitments=(promise("2026-03-12"),)), "2026-03-12", [("promise", "2026-03-12")]),
        (facts(importance=1, occasions=(birthday(3, 20),)), "2026-03-12", []),
        (facts(importance=1, occasions=(birthday(3, 20),)), "2026-03-13", [("birthday", "2026-03-20")]),
        # A snooze that ends within the horizon holds back nothing but what is over by then.
        (facts(cadence=WEEK, last_contact_on=on("2026-01-01"), snoozed_until=on("2026-03-12")), "2026-03-11", []),
        (
            facts(cadence=WEEK, last_contact_on=on("2026-01-01"), snoozed_until=on("2026-03-12")),
            "2026-03-12",
            [("cadence", "2026-01-08")],
        ),
        (facts(importance=1, occasions=(birthday(3, 10),), snoozed_until=on("2026-03-12")), "2026-03-15", []),
        (
            facts(importance=1, occasions=(birthday(3, 10),), snoozed_until=on("2026-03-12")),
            "2027-03-05",
            [("birthday", "2027-03-10")],
        ),
    ],
)
def test_the_reasons_up_to_a_later_day(known: Facts, horizon: str, expected: list[tuple[str, str]]) -> None:
    assert reasons(due.assess(known, TODAY, on(horizon))) == expected


def test_a_row_carries_its_reasons_as_data_weightiest_first() -> None:
    known = facts(
        cadence=Cadence(2, "w"),
        cadence_source="tag:navy",
        last_contact_on=on("2026-02-08"),
        reply_owed_on=on("2026-02-08"),
        commitments=(promise("2026-02-06"),),
        occasions=(birthday(3, 9),),
    )

    item = due.assess(known, TODAY)

    assert item is not None
    assert [(one.code, one.value, one.text, one.ref) for one in item.reasons] == [
        ("cadence", 1.0, "every 2 weeks (tag navy)", "tag:navy"),
        ("birthday", 1, "birthday tomorrow", None),
        ("promise", 30, "you promised: the paper", "c7"),
        ("reply_owed", 28, "you owe a reply", None),
    ]
    assert item.due_on == on("2026-02-06")
    assert item.score == pytest.approx(2.0 + 2 * (1 - 1 / 8) + 1.0 + 0.5)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "birthday today"), (1, "birthday tomorrow"), (4, "birthday on Thursday"), (7, "birthday on 15 Mar")],
)
def test_an_occasion_says_when_it_is(days: int, words: str) -> None:
    when = TODAY + timedelta(days=days)

    item = due.assess(facts(importance=1, occasions=(birthday(when.month, when.day),)), TODAY)

    assert item is not None
    assert item.reasons[0].text == words


def test_importance_doubles_or_halves_what_the_cadence_adds() -> None:
    known = facts(cadence=WEEK, last_contact_on=TODAY - timedelta(days=14))

    scores = [item.score for level in (-1, 0, 1) if (item := due.assess(replace(known, importance=level), TODAY))]

    assert scores == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("kind", ["cadence", "reply_owed", "promise", "reminder"])
def test_an_occasion_counts_as_one_whatever_it_is_called(kind: str) -> None:
    days = (Occasion(kind=kind, month=3, day=8), birthday(3, 8))
    known = facts(cadence=WEEK, last_contact_on=TODAY - 7 * DAY, reply_owed_on=TODAY - 5 * DAY, occasions=days)

    item = due.assess(known, TODAY)

    assert item is not None
    assert [reason.part for reason in item.reasons if reason.code == kind].count("occasion") == 1
    assert item.score == pytest.approx(1 + 2 + 0.5)  # of two occasions the nearer one, once


def test_who_is_not_active_is_never_due_and_never_drifts() -> None:
    known = facts(
        active=False,
        cadence=WEEK,
        last_contact_on=TODAY - 70 * DAY,
        reply_owed_on=TODAY - 70 * DAY,
        next_contact_on=TODAY + DAY,
        commitments=(promise("2026-01-01"),),
        occasions=(birthday(3, 8),),
    )
    stored = due.standing(known, TODAY)

    assert due.assess(known, TODAY, TODAY + 700 * DAY) is None
    assert (stored.surfaces_on, stored.next_due_on) == (None, None)
    assert stored.recheck_on == TODAY + DAY, "the last contact will be another one"
    assert due.standing(replace(known, cadence=None, rhythm_days=1), TODAY).drifts_on is None


def test_equal_rows_go_by_the_longest_due_and_then_by_the_oldest_acquaintance() -> None:
    def row(person_id: int, due_on: str, score: float) -> Assessment:
        return Assessment(person_id=person_id, due_on=on(due_on), score=score, reasons=())

    wanted = [
        row(4, "2026-03-02", 2.0),
        row(3, "2026-03-01", 1.0),
        row(1, "2026-03-02", 1.0),
        row(2, "2026-03-02", 1.0),
    ]

    backwards = wanted[::-1]

    assert sorted(backwards, key=due.order) == wanted


# -- debts, drifting ---------------------------------------------------------------------------


def mail(day: str, direction: str | None, kind: str = "mail") -> Contact:
    return Contact(on(day), kind, direction)


@pytest.mark.parametrize(
    ("newest_first", "expected"),
    [
        ([], None),
        ([mail("2026-03-01", "in")], "2026-03-01"),
        ([mail("2026-03-03", "in"), mail("2026-03-01", "in")], "2026-03-01"),
        ([mail("2026-03-03", "out"), mail("2026-03-01", "in")], None),
        ([mail("2026-03-03", None, "coffee"), mail("2026-03-01", "in")], None),
        ([mail("2026-03-03", "in"), mail("2026-03-02", "both", "call"), mail("2026-03-01", "in")], "2026-03-03"),
        # A call of theirs answers nothing and asks for nothing.
        ([mail("2026-03-03", "in", "call"), mail("2026-03-01", "in")], "2026-03-01"),
        ([mail("2026-03-03", "in", "call")], None),
    ],
)
def test_a_reply_is_owed_to_the_oldest_message_since_anything_else(
    newest_first: list[Contact], expected: str | None
) -> None:
    found = due.reply_owed(newest_first)

    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (facts(rhythm_days=20, last_contact_on=on("2026-01-01")), "2026-02-21"),
        (facts(rhythm_days=1, last_contact_on=on("2026-01-01")), "2026-01-16"),
        (facts(rhythm_days=20, last_contact_on=on("2026-01-01"), cadence=YEAR), None),
        (facts(last_contact_on=on("2026-01-01")), None),
    ],
)
def test_who_has_no_cadence_drifts_after_unusual_silence(known: Facts, expected: str | None) -> None:
    found = due.standing(known, TODAY).drifts_on

    assert (found and found.isoformat()) == expected


# -- properties ----------------------------------------------------------------------------------------

DAYS = st.dates(min_value=date(2023, 1, 1), max_value=date(2029, 12, 31))
CADENCES = st.builds(Cadence, n=st.integers(1, 40), unit=st.sampled_from(UNITS))
YEARLY = st.dates(min_value=date(2024, 1, 1), max_value=date(2024, 12, 31))


@st.composite
def known_people(draw: st.DrawFn) -> tuple[Facts, date]:
    """Any facts that can be known on a day, and that day."""
    today = draw(DAYS)
    past = st.integers(0, 1200).map(lambda days: today - timedelta(days=days))
    future = st.integers(1, 800).map(lambda days: today + timedelta(days=days))
    last = draw(st.none() | past)
    tag = draw(st.sampled_from(["person", "tag:navy", "default"]))
    return Facts(
        person_id=draw(st.integers(1, 9)),
        uid=str(draw(st.uuids())),
        cadence=draw(st.none() | CADENCES),
        cadence_source=tag,
        cadence_since=draw(st.none() | past),
        cadence_spread=draw(st.booleans()),
        importance=draw(st.none() | st.integers(-1, 1)),
        lead=draw(st.sampled_from([None, None, 0, 7, 30, 400])),
        default_lead=draw(st.sampled_from([0, 7, 30])),
        snoozed_until=draw(st.none() | past | future),
        last_contact_on=last,
        next_contact_on=draw(st.none() | future),
        reply_owed_on=draw(st.sampled_from([None, last])),
        rhythm_days=draw(st.none() | st.integers(1, 60)),
        occasions=tuple(
            Occasion(kind=kind, month=day.month, day=day.day, lead=lead)
            for kind, day, lead in draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(["birthday", "anniversary", "name day"]),
                        YEARLY,
                        st.sampled_from([None, None, 0, 14, 366]),
                    ),
                    max_size=3,
                )
            )
        ),
        commitments=tuple(
            Commitment(id=number, kind="promise", direction="mine", text="a letter", due_on=day)
            for number, day in enumerate(draw(st.lists(past | future, max_size=3)))
        ),
    ), today


def bound(stored: Standing, today: date, horizon: date) -> float:
    """The upper bound of a score that `store/due.py` reads off a row."""
    cadence = 0.0
    if stored.next_due_on is not None and stored.cadence_days is not None and stored.next_due_on <= horizon:
        cadence = stored.weight * max(0.0, 1 + (today - stored.next_due_on).days / stored.cadence_days)
    return cadence + (due.MAX_EXTRA if stored.extra else 0) + 1e-6


def cadence_points(item: Assessment | None) -> float:
    return sum(one.points for one in item.reasons if one.code == "cadence") if item else 0.0


def lasting(item: Assessment | None) -> set[tuple[str, str | None]]:
    """The reasons that do not end by themselves, as occasions do."""
    return {(one.code, one.ref) for one in item.reasons if one.code == "promise"} if item else set()


@settings(max_examples=300)
@given(known_people(), st.lists(st.integers(0, 1500), min_size=1, max_size=12), st.integers(0, 500))
def test_what_is_stored_holds_until_the_day_of_recheck(known: tuple[Facts, date], days: list[int], ahead: int) -> None:
    person, today = known
    stored = due.standing(person, today)
    assert stored.recheck_on is None or stored.recheck_on > today
    # The days on either side of every change, and some others.
    edges = [day for day in (stored.surfaces_on, stored.recheck_on, person.snoozed_until) if day is not None]
    candidates = {today + timedelta(days=number) for number in days} | {
        day + DAY * step for day in edges for step in (-1, 0, 1)
    }

    for day in sorted(candidates):
        for horizon in (day, day + timedelta(days=ahead)):
            if day < today or (stored.recheck_on is not None and horizon >= stored.recheck_on):
                continue
            listed = stored.surfaces_on is not None and stored.surfaces_on <= horizon
            item = due.assess(person, day, horizon)
            assert (item is not None) == listed, (day, horizon, stored)
            if item is not None:
                assert item.score <= bound(stored, day, horizon)
                assert (item.ahead is None) == (due.assess(person, day) is not None)
                assert (item.ahead is None) == (stored.surfaces_on is not None and stored.surfaces_on <= day)


@given(known_people(), st.integers(0, 1000))
def test_nobody_becomes_less_late_by_waiting(known: tuple[Facts, date], days: int) -> None:
    person, today = known
    now, later = due.assess(person, today), due.assess(person, today + timedelta(days=days))

    assert cadence_points(now) <= cadence_points(later)
    assert lasting(now) <= lasting(later)


@settings(max_examples=300)
@given(known_people(), st.integers(1, 60), st.integers(0, 400))
def test_a_newer_contact_never_makes_anybody_more_due(known: tuple[Facts, date], newer: int, ahead: int) -> None:
    person, today = known
    if person.last_contact_on is None:
        person = replace(person, last_contact_on=today)
    assert person.last_contact_on is not None
    contacted = replace(person, last_contact_on=person.last_contact_on + timedelta(days=newer))
    later = today + timedelta(days=newer + ahead)

    before, after = due.next_due(person), due.next_due(contacted)

    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert before[0] <= after[0]
    assert cadence_points(due.assess(contacted, later)) <= cadence_points(due.assess(person, later))


@given(st.lists(known_people(), max_size=12), st.randoms(use_true_random=False), DAYS)
def test_the_order_does_not_depend_on_the_order_of_arrival(
    people: list[tuple[Facts, date]], random: object, today: date
) -> None:
    numbered = [replace(person, person_id=number) for number, (person, _) in enumerate(people)]
    rows = [item for item in (due.assess(person, today) for person in numbered) if item is not None]
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random

    assert sorted(shuffled, key=due.order) == sorted(rows, key=due.order)
    assert len({due.order(item) for item in rows}) == len(rows)
    assert [item.score for item in sorted(rows, key=due.order)] == sorted((i.score for i in rows), reverse=True)


@given(known_people())
def test_the_score_is_the_sum_of_its_parts_within_their_limits(known: tuple[Facts, date]) -> None:
    person, today = known
    item = due.assess(person, today)

    if item is not None:
        assert item.due_on == min(one.due_on for one in item.reasons)
        assert 0 <= item.score <= sum(one.points for one in item.reasons) + 1e-9
        assert item.score - cadence_points(item) <= due.MAX_EXTRA + 1e-9
        assert [one.points for one in item.reasons] == sorted((one.points for one in item.reasons), reverse=True)


def test_what_lies_ahead_stands_below_what_is_due_and_by_its_day() -> None:
    high = {"cadence": WEEK, "importance": 1}
    people = [
        facts(**high, last_contact_on=TODAY - DAY),  # due in 6 days, with points for being nearly due
        facts(cadence=YEAR, last_contact_on=on("2025-03-08"), importance=-1),  # due today
        facts(commitments=(promise("2026-03-10"),)),
        facts(**high, last_contact_on=on("2025-03-08"), snoozed_until=on("2026-03-12")),
        facts(cadence=YEAR, last_contact_on=TODAY, occasions=(birthday(3, 13),)),  # its notice has begun
    ]
    rows = [due.assess(replace(one, person_id=number), TODAY, on("2026-04-07")) for number, one in enumerate(people)]

    assert [item.person_id for item in sorted(filter(None, rows), key=due.order)] == [4, 1, 2, 3, 0]
