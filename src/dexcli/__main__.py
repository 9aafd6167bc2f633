"""The program's entry: answers completion and `due --count` within a blink, everything else through `cli.app`."""

import os
import sys

OBJECTS = 50_000
"""New objects after which Python looks for garbage in circles: loading the program makes as many, and none of it is."""


def main() -> None:
    """Run `dex`."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_streams()
    try:
        code = _run()
    except KeyboardInterrupt:  # before the boundary stands
        code = 130
    _leave(code)


def _run() -> int:
    asked = os.environ.pop("_DEX_COMPLETE", None)  # Typer would heed it, too
    if asked is not None and not sys.argv[1:]:
        from dexcli.cli import offers

        _offer(offers.answer(asked))
        return 0
    if sys.argv[1:] == ["--version"]:
        from dexcli import __version__

        if _say(f"dex {__version__}\n"):
            return 0
    elif sys.argv[1:3] == ["due", "--count"]:
        from dexcli.cli import quick

        total = quick.count(sys.argv[3:])
        if total is not None and _say(f"{total}\n"):
            return 0
    import gc

    gc.set_threshold(OBJECTS)
    from dexcli.cli.app import run

    return run(sys.argv[1:])


def _open_streams() -> None:
    """Where a standard stream is closed, put one that goes nowhere, before a database gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - before pathlib, and for good


def _say(text: str) -> bool:
    """Write an answer; False where it cannot be written: then the whole program says why."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _offer(text: str) -> None:
    """Write to a shell's script, whose encoding is that of the database and not of the locale."""
    try:
        sys.stdout.buffer.write(text.encode(errors="replace"))
        sys.stdout.flush()
    except OSError:
        pass


def _leave(code: int) -> None:
    """End at once: to take the interpreter down module by module costs a sixth of `dex due`."""
    _say("")  # standard error ends with every line; what fails here has been said, or nobody reads any more
    os._exit(code)


if __name__ == "__main__":
    main()
