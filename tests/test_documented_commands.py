"""Every command of `dex` that stands on a page is one, with options that it has and as many words as it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.exceptions import TyperException

from dexcli.cli import app
from dexcli.cli.commands.account.verbs import OF_ADD, OF_LOGIN, VERBS
from dexcli.cli.table import COMMANDS
from support.readme import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/providers").glob("*.md")])
_BLOCK = re.compile(r"^```(?:sh|console|text|crontab)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(dex(?: [^`\n]+)?)`(?!`)")
_IN_BLOCK = re.compile(r"^(?:\$ |> )?(?:.*?(?:&& |; |\| |\$\())?(dex(?:cli)? .*)$")


def lines(page: Path) -> Iterator[tuple[str, bool]]:
    """The commands in the blocks of a page, and those within its text, which may be named only: whether they are."""
    text = page.read_text("utf-8")
    for block in _BLOCK.finditer(text):
        for line in block[1].replace("\\\n", " ").splitlines():
            if (found := _IN_BLOCK.match(line)) and "⇥" not in line:  # what keys make of it is on that line, too
                yield found[1], False
    yield from ((found[1], True) for found in _INLINE.finditer(_BLOCK.sub("", text)))


def words_of(line: str) -> list[str]:
    """The words of the first command of a line, as a shell reads them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    for word in lexer:
        if word[0] in "|&;<>()":
            break
        words.append(word)
    return words


def parsed(words: list[str]) -> tuple[str, dict[str, Any]]:
    """The command of some words, and what its parser makes of them. Raises what it raises."""
    root: Any = app.application()
    context = root.context_class(root, info_name="dex", **root.context_settings)
    rest = root.make_parser(context).parse_args(list(words))[1]
    if not rest:
        return "", {}
    name, *arguments = rest
    assert name in COMMANDS, f"there is no command {name}"
    command: Any = app.load(name)
    inner = command.context_class(command, info_name=name, parent=context, **command.context_settings)
    values, extra, _ = command.make_parser(inner).parse_args(arguments)
    many = any(one.nargs == -1 for one in command.params if one.param_type_name == "argument")
    assert not extra or many, f"too many words: {extra}"
    return name, values


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_on_a_page_can_be_read(page: Path) -> None:
    wrong = []
    for line, named in lines(page):
        try:
            words = words_of(line)[1:]
            if "COMMAND" in words:
                continue
            name, values = parsed(words)
            if name == "account":
                verb, *more = values.get("words") or ["list"]
                assert len(more) in VERBS[verb].words or (named and not more), f"{verb} with {len(more)} words"
                told = {key for key, value in values.items() if key != "words" and key in OF_ADD | OF_LOGIN}
                assert told <= VERBS[verb].options, f"{verb} takes no {told - VERBS[verb].options}"
        except (TyperException, AssertionError, KeyError, ValueError) as error:
            if named and "requires an argument" in str(error):  # an option that is spoken of
                continue
            wrong.append(f"{line}: {error}")
    assert wrong == []


def test_every_option_of_account_belongs_to_one_of_its_verbs() -> None:
    from inspect import signature

    from dexcli.cli.commands.account import account

    assert set(signature(account).parameters) - {"ctx", "words"} == OF_ADD | OF_LOGIN
    assert set().union(*(verb.options for verb in VERBS.values())) == OF_ADD | OF_LOGIN


def test_a_command_that_is_none_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="there is no command frobnicate"):
        parsed(["frobnicate"])
    with pytest.raises(TyperException, match="No such option"):
        parsed(["account", "add", "ada@example.org", "--hots", "x"])
    assert words_of("dex due --json | jq -r '.x' # daily") == ["dex", "due", "--json"]
    assert sum(len(list(lines(page))) for page in PAGES) > 300
