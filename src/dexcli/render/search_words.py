"""What a hit of `dex search` is called, on the screen and for programs."""

from __future__ import annotations

from dexcli.results.search import SearchItem, SnippetInfo


def who(item: SearchItem, *, state: bool = True) -> str:
    """Whom a hit is about, in words: a person with their state, or everybody who took part."""
    if item.person is not None:
        told = state and item.person.state != "active"
        return f"{item.person.name} ({item.person.state})" if told else item.person.name
    return ", ".join(one.name or one.identifier for one in item.participants)


def marked(snippet: SnippetInfo) -> str:
    """A snippet with marks round its hits, for a program."""
    text, at = "", 0
    for start, end in snippet.marks:
        text += f"{snippet.text[at:start]}«{snippet.text[start:end]}»"
        at = end
    return text + snippet.text[at:]
