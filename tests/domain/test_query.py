import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.query import (
    CHOICES,
    ENTRY_KEYS,
    HELP,
    KEYS,
    MAX_DEPTH,
    MAX_TERMS,
    And,
    Node,
    Not,
    Or,
    Term,
    Text,
    parse,
)
from dexcli.errors import UsageError

A, B, C = Text("a"), Text("b"), Text("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" \t\n", None),
        ("a", A),
        ("a b", And((A, B))),
        ("a and b", And((A, B))),
        ("a or b", Or((A, B))),
        ("a OR b or c", Or((A, B, C))),
        ("a b or c", Or((And((A, B)), C))),
        ("a (b or c)", And((A, Or((B, C))))),
        ("(a b) c", And((A, B, C))),
        ("((a))", A),
        ("!a b", And((Not(A), B))),
        ("!(a b)", Not(And((A, B)))),
        ("!!a", Not(Not(A))),
        ("tag:x company:y", And((Term("tag", "x"), Term("company", "y")))),
        ("TAG:Friend", Term("tag", "Friend")),
        ('company:"Acme Corp"', Term("company", "Acme Corp")),
        ("!has:Email", Not(Term("has", "email"))),
        ("state:ARCHIVED", Term("state", "archived")),
        ("quiet:90d", Term("quiet", "90d")),
        ("id:12", Term("id", "12")),
        ("name:a:b", Term("name", "a:b")),
        ("tag:!x", Term("tag", "!x")),
        ('"analytical engine"', Text("analytical engine", phrase=True)),
        ('"or"', Text("or", phrase=True)),
        (r'"say \"hi\" \\"', Text(r'say "hi" \ '.strip(), phrase=True)),
        ('"tag:x"', Text("tag:x", phrase=True)),
        ("O'Brien", Text("O'Brien")),
        ("Yahoo!", Text("Yahoo!")),
        ("10:30", Text("10:30")),
        ("https://example.org", Text("https://example.org")),
        ("=1+1", Text("=1+1")),
        ("[bold]x[/bold]", Text("[bold]x[/bold]")),
        ("李明 🦄", And((Text("李明"), Text("🦄")))),
        ("orlando", Text("orlando")),
        ("a(b)c", And((A, B, C))),
    ],
)
def test_a_query_is_read(text: str, tree: Node | None) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a compnay:x", "character 3", "`company`"),
        ("zzzz:x", "character 1", "dex help query"),
        ("state:archvied", "character 1", "`archived`"),
        ("has:zzzz", "character 1", "birthday"),
        ("id:ada", "character 1", ""),
        ("id:\u0661", "character 1", ""),
        ("tag:", "character 5", ""),
        ('tag:""', "character 5", ""),
        ('a " "', "character 3", ""),
        ('a "b', "character 3", ""),
        ("(a", "character 1", ""),
        ("a)", "character 2", ""),
        ("()", "character 2", ""),
        ("a or", "character 5", ""),
        ("or a", "character 1", "quote it"),
        ("a and or b", "character 7", "quote it"),
        ("a !", "character 4", ""),
        ("(" * 1_000 + "a" + ")" * 1_000, "nested", ""),
        ("!" * 100_000 + "a", "nested", ""),
        ("a " * 1_000, "more than", ""),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_a_remedy(text: str, place: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert place in caught.value.message
    assert caught.value.hint
    assert hint in caught.value.hint


def test_the_limits_themselves_are_allowed() -> None:
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH) == A
    tree = parse("a " * MAX_TERMS)
    assert isinstance(tree, And)
    assert len(tree.items) == MAX_TERMS


def unparse(node: Node | None) -> str:
    """Write a tree as a query that gives it again."""
    match node:
        case None:
            return ""
        case Term():
            return f"{node.key}:{_quoted(node.value, always=False)}"
        case Text():
            return _quoted(node.value, always=node.phrase)
        case Not():
            return f"!{_grouped(node.item)}"
        case And():
            return " ".join(map(_grouped, node.items))
        case Or():
            return " or ".join(map(_grouped, node.items))


def _grouped(node: Node) -> str:
    return f"({unparse(node)})" if isinstance(node, And | Or) else unparse(node)


def _quoted(value: str, *, always: bool) -> str:
    if not always and re.fullmatch(r'[^\s()"]+', value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


PIECES = [*'()!"\\ ', "or", "and", "a", "B!", *(f"{key}:" for key in KEYS), "tga:", "12", "email", "//", ":"]


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_read_or_refused_and_what_was_read_survives_writing(text: str) -> None:
    try:
        tree = parse(text)
    except UsageError:
        return
    assert parse(unparse(tree)) == tree


VALUES = st.text(min_size=1).filter(str.strip)
FREE_KEYS = st.sampled_from([key for key in KEYS if key not in CHOICES and key != "id"])
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Term, FREE_KEYS, VALUES),
    st.builds(Term, st.just("state"), st.sampled_from(CHOICES["state"])),
    st.builds(Text, VALUES, phrase=st.just(value=True)),
    st.builds(Text, st.from_regex(r"[b-n][a-z0-9'-]*", fullmatch=True)),
)


def branches(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=4).map(tuple)
    return st.one_of(
        st.builds(Not, nodes),
        several.filter(lambda items: not any(isinstance(item, And) for item in items)).map(And),
        several.filter(lambda items: not any(isinstance(item, Or) for item in items)).map(Or),
    )


@given(st.recursive(LEAVES, branches, max_leaves=12))
def test_a_written_tree_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse(unparse(tree)) == tree


def test_the_help_names_every_key_and_every_choice() -> None:
    for word in (*(f"{key}:" for key in (*KEYS, *ENTRY_KEYS)), *CHOICES["state"], *CHOICES["has"]):
        assert word in HELP
    assert max(map(len, HELP.splitlines())) <= 80


def test_the_examples_in_the_help_can_be_read() -> None:
    examples = [line.strip(" '") for line in HELP.partition("Examples:\n")[2].splitlines() if line.strip()]
    assert len(examples) == 3
    assert all(parse(example) for example in examples)
