"""Schema version 6: full-text search. Released schemas are never edited: add a migration instead.

Derived: `store/texts.py` fills these tables and keeps them. They hold folded words and no text of their own.
"""

from __future__ import annotations

_WORDS = "content='', tokenize='ascii'"
"""The words come folded, with spaces between them: whatever is not ASCII is a part of a word."""

STATEMENTS = (
    f"create virtual table person_text using fts5(name, tags, about, notes, reach, {_WORDS})",
    f"create virtual table identifier_text using fts5(name, value, {_WORDS})",
    f"create virtual table interaction_text using fts5(title, body, place, kind, who, {_WORDS})",
)
