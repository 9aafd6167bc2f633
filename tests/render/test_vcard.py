"""Cards: what is written is read back as it was, in both versions, by our own reader and by vobject."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.names import clean_name, tag_form
from dexcli.domain.records import FIELDS, Claim, PersonRecord
from dexcli.render.text import harmless
from dexcli.render.vcard import VERSIONS, document
from dexcli.results.cards import Card
from dexcli.sources import vcard
from dexcli.sources._card_person import _SYSTEM_TAGS
from dexcli.sources._text import clean
from dexcli.sources.base import Input, ReadOptions

UID = "0f0e0d0c-0b0a-4908-8706-050403020100"
CHANGED = datetime(2026, 3, 8, 9, tzinfo=UTC)

texts = st.text(max_size=120).map(lambda text: clean(harmless(text, multiline=True)))
words = texts.map(lambda text: " ".join(text.split()))
labels = words.map(str.lower).map(clean)
days = st.dates(date(1700, 1, 1)).map(str)
yearly = days | days.map(lambda day: f"-{day[4:]}")


def claims(
    field: str, values: st.SearchStrategy[str], named: st.SearchStrategy[str | None]
) -> st.SearchStrategy[Claim]:
    return st.builds(lambda value, label: Claim(field=field, value=value, label=label or None), values, named)


NO_LABEL = st.just(None)
TYPED = st.sampled_from(["home", "work", "cell", "work fax", "other", "voice", "home home"]) | labels
SAID = st.one_of(
    *(claims(field, words, NO_LABEL) for field in ("company", "title", "location", "met_where", "cadence", "coffee")),
    *(claims(field, words.filter(lambda text: ":" not in text), TYPED) for field in ("email", "phone")),
    *(claims(field, words, TYPED) for field in ("url", "address", "im", "related", "eye colour")),
    claims("alias", words, NO_LABEL),
    claims("note", texts, NO_LABEL),
    claims("lead_days", st.integers(0, 366).map(str), NO_LABEL),
    claims("met_on", days, NO_LABEL),
    claims("birthday", yearly, NO_LABEL),
    claims("anniversary", yearly, NO_LABEL),
    claims("date", yearly, st.sampled_from(["wedding", "name day", "day; of, all"])),
)
CARDS = st.builds(
    lambda name, said, tags: Card(
        uid=UID,
        name=name,
        changed_at=CHANGED,
        claims=list({(one.field, one.value.casefold(), one.label): one for one in said if one.value}.values()),
        tags=sorted({tag for tag in map(tag_form, tags) if tag and tag not in _SYSTEM_TAGS}),
    ),
    words.map(clean_name).filter(bool).map(lambda name: " ".join(clean(name).split())).filter(bool),
    st.lists(SAID, max_size=12),
    st.lists(words, max_size=3),
)


def read(data: bytes) -> PersonRecord:
    source = vcard.open_file(Input(name="people.vcf", open=lambda: io.BytesIO(data)), ReadOptions())
    (record,) = (item for item in source.read(None) if not hasattr(item, "cursor"))
    assert isinstance(record, PersonRecord), record
    return record


def said(record: PersonRecord | Card) -> set[tuple[str, str, str | None]]:
    return {(one.field, one.value, one.label) for one in record.claims}


@pytest.mark.parametrize("version", VERSIONS)
@given(card=CARDS)
def test_what_is_written_is_read_back(version: str, card: Card) -> None:
    # A value under two labels is one value: the first label counts.
    unique: dict[tuple[str, str, str | None], Claim] = {}
    for one in card.claims:
        key = (one.field, one.value.casefold(), one.label if one.field == "date" else None)
        if not (one.field == "im" and one.value.lower().startswith(("http://", "https://"))):
            unique.setdefault(key, one)
    card = Card(uid=card.uid, name=card.name, changed_at=CHANGED, claims=list(unique.values()), tags=card.tags)
    record = read(document(card, version))
    assert (record.key, record.name, set(record.tags)) == (f"card:{UID}", card.name, set(card.tags))
    assert said(record) == said(card)


@pytest.mark.parametrize("version", VERSIONS)
@given(card=CARDS)
def test_others_read_it_strictly(version: str, card: Card) -> None:
    data = document(card, version)
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    (parsed,) = vobject.readComponents(data.decode(), validate=True)
    assert (parsed.version.value, parsed.fn.value) == (version, card.name)
    assert " ".join(str(parsed.n.value).split()) == card.name


def test_a_card_says_the_same_in_both_versions_as_far_as_they_go() -> None:
    card = Card(
        uid=UID,
        name="Prof. Ludwig van Beethoven Jr.",
        changed_at=CHANGED,
        claims=[
            Claim(field="email", value="ludwig@example.org", label="home"),
            Claim(field="phone", value="+442079460958;ext=12", label="main"),
            Claim(field="alias", value="Luigi; the, first"),
            Claim(field="company", value="Court, and Chapel"),
            Claim(field="department", value="Music"),
            Claim(field="birthday", value="--12-16"),
            Claim(field="anniversary", value="1835-07-08"),
            Claim(field="date", value="--06-12", label="name day"),
            Claim(field="related", value="Karl", label="child"),
            Claim(field="met_where", value="Vienna; at court"),
        ],
        tags=["friend"],
    )
    assert document(card, "4.0").decode().splitlines() == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "PRODID:-//dexcli//dex//EN",
        f"UID:urn:uuid:{UID}",
        "FN:Prof. Ludwig van Beethoven Jr.",
        "N:van Beethoven;Ludwig;;Prof.;Jr.",
        r"NICKNAME:Luigi\; the\, first",
        r"ORG:Court\, and Chapel;Music",
        "EMAIL;TYPE=home:ludwig@example.org",
        "item1.TEL:+442079460958 ext. 12",
        "item1.X-ABLABEL:main",
        "BDAY:--1216",
        "ANNIVERSARY:18350708",
        "item2.X-ABDATE:--0612",
        "item2.X-ABLABEL:name day",
        "RELATED;VALUE=text;TYPE=child:Karl",
        "CATEGORIES:friend",
        r"X-DEX-FIELD:met_where;Vienna\; at court",
        "REV:20260308T090000Z",
        "END:VCARD",
    ]
    old = document(card, "3.0").decode().splitlines()
    assert {
        f"UID:{UID}",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-16",
        "X-ANNIVERSARY:1835-07-08",
        "item2.X-ABDATE;X-APPLE-OMIT-YEAR=1604:1604-06-12",
        "item3.X-ABRELATEDNAMES:Karl",
        "item3.X-ABLABEL:child",
    } <= set(old)


def test_only_fields_without_a_property_are_taken_from_our_own() -> None:
    lines = [
        "BEGIN:VCARD", "VERSION:4.0", "FN:Ada", "X-DEX-FIELD:email;ada@example.org", "X-DEX-FIELD:birthday;soon",
        "X-DEX-FIELD:name;Grace", "X-DEX-FIELD:tag;x", "X-DEX-FIELD:met_on;soon", "X-DEX-FIELD:;x", "X-DEX-FIELD:",
        "X-DEX-FIELD:coffee;black;;;x", "END:VCARD",
    ]  # fmt: skip
    record = read("\r\n".join(lines).encode())
    assert said(record) == {("coffee", "black", None)}
    assert {"email", "birthday", "name", "tag", "met_on"} <= FIELDS
