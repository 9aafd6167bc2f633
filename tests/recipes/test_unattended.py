"""What runs when nobody is there: the lines for cron in an environment as empty as cron's, and the units of systemd."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.program import DEX, NOW, Dex
from support.recipes import ROOT, block, blocks

PAGE = ROOT / "docs/cron.md"
CRONTAB = ROOT / "contrib/crontab"
UNITS = ROOT / "contrib/systemd"

_LINE = re.compile(r"^(?:[\d*/,-]+ +){5}(\S.*)$", re.MULTILINE)


def commands(table: str) -> list[str]:
    """The commands of a crontab."""
    return _LINE.findall(table)


def cron(command: str, home: Path | None, *, path: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as cron does: by sh, with nothing in the environment that cron does not put there."""
    environment = {"SHELL": "/bin/sh", "PATH": path or f"{DEX.parent}:/usr/bin:/bin", "DEXCLI_NOW": NOW, **more}
    if home is not None:
        environment |= {"HOME": str(home), "LOGNAME": "me"}
    words = [f"{name}={value}" for name, value in environment.items()]
    return subprocess.run(
        ["env", "-i", *words, "sh", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=home or "/",
        timeout=120,
        check=False,
    )


@pytest.fixture
def usual(home: Path, written: Path) -> Path:
    """The sample network where `dex` looks for it by itself, with an account: a folder of cards."""
    path = home / ".local/share/dexcli/dex.db"
    path.parent.mkdir(parents=True, mode=0o700)
    shutil.copy(written, path)
    card = home / ".contacts/mary.vcf"
    card.parent.mkdir()
    card.write_text("BEGIN:VCARD\nVERSION:3.0\nUID:mary\nFN:Mary Anning\nN:Anning;Mary;;;\nEND:VCARD\n")
    assert Dex()("account", "add", "contacts", "--type", "vdir", "--path", card.parent).code == 0
    return path


TABLES = {"page": "\n".join(re.findall(r"```crontab\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)),
          "contrib": CRONTAB.read_text("utf-8")}  # fmt: skip


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_lines_mail_a_digest_once_and_back_up_in_silence(usual: Path, home: Path, table: str) -> None:
    morning, weekly = commands(TABLES[table])
    first = cron(morning, home)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("Ada Lovelace, 3 weeks late\n")
    assert "\x1b" not in first.stdout
    again = cron(morning, home)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    saved = cron(weekly, home)
    assert (saved.returncode, saved.stdout, saved.stderr) == (0, "", "")
    assert len(list((usual.parent / "backups").glob("*.db"))) == 1


def test_the_table_names_the_folders_in_which_dex_may_be() -> None:
    table = TABLES["contrib"]
    assert re.search(r"^PATH=\S*/\.local/bin$", table, re.MULTILINE)
    assert "$" not in table.replace("`command -v dex`", "")
    assert commands(table) == commands(TABLES["page"])


def test_without_a_home_the_variables_name_the_files(usual: Path, home: Path) -> None:
    morning, _ = commands(TABLES["page"])
    named = {"DEXCLI_DB": str(usual), "DEXCLI_CONFIG": str(home / ".config/dexcli/config.toml")}
    ran = cron(morning, None, **named)
    assert (ran.returncode, ran.stderr, "Ada Lovelace" in ran.stdout) == (0, "", True)
    ran = cron("dex due --count", None)
    assert (ran.returncode, ran.stdout, "set DEXCLI_DB" in ran.stderr) == (2, "", True)


def test_text_is_utf_8_whatever_the_locale(usual: Path, home: Path) -> None:
    dex = Dex()
    assert dex("cadence", "emilie", "1w").code == 0
    assert dex("log", "emilie", "tea", "--on", "2026-01-01").code == 0
    assert "Émilie du Châtelet" in cron("dex due --digest --limit 0", home).stdout
    assert usual.exists()


def test_whatever_is_to_be_done_is_done_where_somebody_is_due(usual: Path, home: Path) -> None:
    assert usual.exists()
    checked = [cron(line, home) for line in blocks(PAGE, "Other lines", "sh")[1:]]
    assert [(ran.returncode, ran.stdout, ran.stderr) for ran in checked] == [(0, "somebody is due\n", "")]


def test_a_message_on_the_desktop_tells_how_many(usual: Path, home: Path) -> None:
    folder = home / "bin"
    folder.mkdir()
    (folder / "notify-send").write_text(f'#!/bin/sh\necho "$@" >"{home}/told"\n')
    (folder / "notify-send").chmod(0o700)
    line = blocks(PAGE, "Other lines", "sh")[0]
    path = f"{folder}:{DEX.parent}:/usr/bin:/bin"
    assert cron(line, home, path=path).returncode == 0
    assert (home / "told").read_text() == "dex 8 due\n"
    (home / "told").unlink()
    assert cron(line, home, path=path, DEXCLI_DB=str(home / "none.db")).returncode == 0
    assert not (home / "told").exists()
    assert usual.exists()


@pytest.fixture
def units(home: Path) -> Path:
    """The units where the page puts them, with `dex` where pipx would put it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/dex").symlink_to(DEX)
    install = block(PAGE, "systemd", "sh").split("systemctl")[0]
    subprocess.run(["sh", "-ec", install], cwd=ROOT, check=True)
    Path(os.environ["XDG_RUNTIME_DIR"]).mkdir(parents=True)
    return home / ".config/systemd/user"


def verified(*units: Path) -> str:
    """What systemd has to say against units."""
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--user", *units], capture_output=True, text=True, timeout=60, check=False
    )
    return ran.stdout + ran.stderr


def test_systemd_takes_the_units(units: Path) -> None:
    assert verified(units / "dex-sync.service", units / "dex-sync.timer") == ""
    # And it would say so if it did not.
    broken = units / "broken.service"
    broken.write_text((units / "dex-sync.service").read_text().replace("NoNewPrivileges", "NoSuchKey"))
    assert "NoSuchKey" in verified(broken)


def test_the_service_does_what_the_line_of_cron_does(usual: Path, home: Path) -> None:
    text = (UNITS / "dex-sync.service").read_text()
    (command,) = re.findall(r"^ExecStart=%h/\.local/bin/(.*)$", text, re.MULTILINE)
    assert command in TABLES["page"]
    ran = cron(command, home)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert usual.exists()
