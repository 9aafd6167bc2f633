from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.kinds import KINDS, OTHER_WORDS, named_by


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["{}, the cards", "{}: the cards", "{} , the cards", "  {}:the cards "])
def test_a_kind_before_a_mark_is_taken_off(kind: str, form: str) -> None:
    for word in (kind, kind.upper(), kind.capitalize()):
        assert named_by(form.format(word)) == (kind, "the cards")
        assert named_by(word) == (kind, None)


@pytest.mark.parametrize(("word", "kind"), OTHER_WORDS.items())
def test_another_word_names_the_kind_and_stays(word: str, kind: str) -> None:
    assert kind in KINDS
    for text in (word, word.capitalize(), f"{word}, the cards", f"{word}: the cards", f"{word} with her sister"):
        assert named_by(text) == (kind, text)


@pytest.mark.parametrize("word", [*KINDS, *OTHER_WORDS])
@pytest.mark.parametrize("rest", ["about the house", "with her sister", "re cards", "on her thesis", "with Ada: cards"])
def test_a_word_before_about_with_re_and_on_names_the_kind(word: str, rest: str) -> None:
    assert named_by(f"{word} {rest}") == (OTHER_WORDS.get(word, word), f"{word} {rest}")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "text me the address", "call her back, soon", "phone is broken, use mail", "visit her, perhaps"),
        *("coffee her new job", "tomorrow, coffee", "lunchtime, perhaps", "callous: no", "mail-order, again"),
        *("chatted about the house", "drinks nothing: allergic", "meal plan, sent", "gifted: the child", "note-taking"),
        *("call onwards", "text without sense", "email address: ada@example.org", "dinner? with whom", "a call, short"),
    ],
)
def test_ordinary_notes_name_no_kind(text: str) -> None:
    assert named_by(text) is None


def test_the_rest_may_have_many_lines() -> None:
    assert named_by("coffee: her job\n\nShe starts in May.") == ("coffee", "her job\n\nShe starts in May.")
    assert named_by("coffee\n\nShe starts in May.") is None


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    found = named_by(text)
    assert found is None or text.strip().endswith(found[1] or "")
