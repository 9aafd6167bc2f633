"""The program's entry: answers completion and `due --count` within a blink, everything else through `cli.app`."""

import os
import sys


def main() -> None:
    """Run `dex`."""
    if "_DEX_COMPLETE" in os.environ:
        if _complete():
            return
    elif sys.argv[1:3] == ["due", "--count"] and _count(sys.argv[3:]):
        return
    from dexcli.cli.app import run

    sys.exit(run(sys.argv[1:]))


def _count(rest: list[str]) -> bool:
    """Print how many people are due; False where only the whole program can tell."""
    if rest and not (len(rest) == 2 and rest[0] == "--db"):  # noqa: PLR2004 - the option and its value
        return False
    import time

    from dexcli.config import paths
    from dexcli.store import quick

    today = os.environ.get("DEXCLI_NOW") or time.strftime("%Y-%m-%d")
    path = paths.database(rest[1] if rest else None, os.environ)
    if path is None or len(today) != len("2026-03-08"):
        return False
    total = quick.due_count(path, today, paths.stamp(paths.config(None, os.environ)))
    if total is None:
        return False
    sys.stdout.write(f"{total}\n")
    return True


PEOPLE = frozenset({
    "show", "log", "edit", "rm", "archive", "unarchive", "ignore", "unignore",
    "tag", "cadence", "snooze", "unsnooze", "remind",
})  # fmt: skip
"""Commands whose words are names of people."""


def _complete() -> bool:
    """Offer handles where a person is to be named; False leaves the answer to Typer."""
    kind, environment = os.environ["_DEX_COMPLETE"], os.environ
    if kind == "complete_bash":
        words = environment.get("COMP_WORDS", "").split()
        at = int(environment.get("COMP_CWORD") or 0)
        words, word = words[:at], words[at] if at < len(words) else ""
    elif kind in ("complete_zsh", "complete_fish"):
        line = environment.get("_TYPER_COMPLETE_ARGS", "")
        words = line.split()
        word = "" if line.endswith(" ") or len(words) < 2 else words.pop()  # noqa: PLR2004 - the program and a word
    else:
        return False
    if environment.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return False
    if len(words) < 2 or words[1] not in PEOPLE or word.startswith(("-", "+")) or words[-1].startswith("-"):  # noqa: PLR2004
        return False
    from dexcli.config import paths
    from dexcli.store import quick

    path = paths.database(None, environment)
    found = quick.handles(path, word) if path else []
    if not found:
        return True
    if kind == "complete_zsh":
        pairs = " ".join(f'"{_zsh(handle)}":"{_zsh(name)}"' for handle, name in found)
        sys.stdout.write(f"_arguments '*: :(({pairs}))'\n")
    else:
        plain = kind == "complete_bash"
        lines = (handle if plain else f"{handle}\t{_printable(name)}" for handle, name in found)
        sys.stdout.write("\n".join(lines) + "\n")
    return True


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())


def _zsh(text: str) -> str:
    escaped = _printable(text).replace("\\", "\\\\").replace('"', '""').replace("'", "''")
    return escaped.replace("$", "\\$").replace("`", "\\`").replace(":", "\\\\:")


if __name__ == "__main__":
    main()
