"""A run of the real program by somebody invented, on a day that never changes: the documents of the pages."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

NOW = "2026-03-08T09:00:00+00:00"

FILES = {
    "people.vcf": """BEGIN:VCARD
VERSION:3.0
UID:card-1
FN:Emmy Noether
EMAIL:emmy@example.org
ORG:Bryn Mawr
END:VCARD
BEGIN:VCARD
VERSION:3.0
UID:card-2
FN:Grace Hopper
TEL:+44 20 7946 0321
END:VCARD
BEGIN:VCARD
VERSION:3.0
NOTE:a card without a name
END:VCARD
""",
    "contacts/alan.vcf": """BEGIN:VCARD
VERSION:3.0
UID:card-3
FN:Alan Turing
EMAIL:alan@example.org
END:VCARD
""",
    "club.csv": "Name,Email\nMary Somerville,mary@example.org\n",
    "mail.mbox": """From me@example.org Mon Feb 16 10:00:00 2026
Message-ID: <1@example.org>
Date: Mon, 16 Feb 2026 10:00:00 +0000
From: me@example.org
To: Maria Mitchell <maria@example.net>
Subject: A clear night in March?

From maria@example.net Tue Feb 17 21:00:00 2026
Message-ID: <2@example.org>
In-Reply-To: <1@example.org>
Date: Tue, 17 Feb 2026 21:00:00 +0000
From: Maria Mitchell <maria@example.net>
To: me@example.org
Subject: Re: A clear night in March?

""",
}
"""What lies in the folder of whoever types."""

STORY = r"""
init --email me@example.org --region GB --date-order DMY
me
add "Ada Lovelace" --email ada@example.org --phone "+44 20 7946 0958" --company "Analytical Engines" --tag friend \
  --every 2w --met "Royal Society" --met-on 2025-06-01 --birthday 1815-12-10
add "Grace Hopper" --email grace@example.org --tag navy
log ada "coffee, her new job; asked about the loom cards" --on 2026-02-01 \
  --promise "the paper on Bernoulli numbers" --by 2026-02-20
edit ada --title Analyst --url https://example.org/ada
edit i1 --place "The Engine House"
tag ada grace +maths
cadence grace 6w
cadence --tag navy monthly
cadence --kind birthday --lead 14d
remind grace "ask about the compiler" --on 2026-03-07
due
due --count
show ada
! show adda
show i1
show c1
show o3
timeline ada
list tag:friend
list tag:maths --fields handle,company
search coffee
stats tag:maths
dates --within 1y
email ada
open ada --print
mail ada --print
call ada --print
snooze ada 1m
unsnooze ada
done c1
why i1
import people.vcf
import mail.mbox
triage
triage --add maria@example.net
account add contacts --type vdir --path contacts
account list
account test contacts
sync
export --as ics -o people.ics
archive grace-hopper
unarchive grace-hopper
ignore grace-hopper
unignore grace-hopper
doctor
backup
backup before.db
restore
restore before.db
import club.csv --draft club.draft
apply club.draft
rm c2
rm i1
rm emmy
undo
history
forget alan-turing --yes
config
schema email
demo
"""
"""What is typed behind `dex`, in this order: every command, with every kind of result; behind `!` what fails."""


class Example(Struct, frozen=True, kw_only=True):
    """A command as it was typed, and the document that it printed; of one that failed, its error."""

    line: str
    document: dict[str, Any]

    @property
    def command(self) -> str:
        """Its name."""
        return self.line.split()[0]


class FailedError(Exception):
    """A command of the story does not what it did."""


def examples() -> list[Example]:
    """The documents of the story, the same in every run: what is drawn by lot or depends on the place is replaced."""
    from dexcli.cli.app import run

    found = []
    with _somebody() as home:
        ids: dict[str, str] = {}
        for told in re.split(r"(?<!\\)\n", STORY.strip()):
            line = told.removeprefix("! ")
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                code = run([*shlex.split(line.replace("\\\n", "")), "--json"])
            # 7: a card has no name, which is part of the story.
            if (code in (0, 7)) == told.startswith("! "):
                raise FailedError(f"dex {line}: {err.getvalue()}")
            printed = out.getvalue() or err.getvalue().splitlines()[-1]
            found.append(Example(line=line, document=json.loads(_settled(printed, home, ids))))
    return found


_BY_LOT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=hand:)[0-9a-f]{16,}")


_SIZE = re.compile(r'("bytes": )\d+|\d+ KB')
"""Of a database: SQLite's versions differ."""


def _settled(text: str, home: str, ids: dict[str, str]) -> str:
    def same(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"{len(ids) + 1:08d}-0000-4000-8000-000000000000")

    text = _SIZE.sub(lambda match: match[1] + "319488" if match[1] else "319 KB", text)
    return _BY_LOT.sub(same, text.replace(home, "/home/me"))


@contextmanager
def _somebody() -> Iterator[str]:
    """A home directory with files in it, and an environment of which nothing is the reader's."""
    before = dict(os.environ)
    with TemporaryDirectory(prefix="dexcli-pages-") as folder:
        home = str(Path(folder).resolve())
        for name, text in FILES.items():
            place = Path(home, name)
            place.parent.mkdir(exist_ok=True)
            place.write_text(text, "utf-8")
        for name in before:
            if name.startswith(("DEXCLI_", "XDG_", "LC_", "LANG")):
                del os.environ[name]
        os.environ |= {
            "HOME": home,
            "TMPDIR": home,
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "80",
            "DEXCLI_NOW": NOW,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        time.tzset()
        try:
            with chdir(home):
                yield home
        finally:
            os.environ.clear()
            os.environ.update(before)
            time.tzset()
