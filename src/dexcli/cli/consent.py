"""Asks at the terminal before something leaves the machine, or is believed, that nobody chose."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dexcli.domain.account_types import content
from dexcli.render.text import fold, harmless
from dexcli.services.discovery import Consent

if TYPE_CHECKING:
    from dexcli.cli.context import Dex
    from dexcli.results.accounts import FoundServer
    from dexcli.sources.discovery import Plan


def of(dex: Dex, *, chosen: bool) -> Consent | None:
    """What the owner says to looking for a server, told or asked; None: nobody says anything, so nothing is asked."""
    if not chosen and not dex.can_ask:
        return None
    return Consent(
        chosen=chosen,
        may_ask=lambda plan: _agrees(_of_plan(plan), "Ask them?"),
        tell=lambda found: dex.note(_of_found(found)),
        tell_trouble=lambda why: dex.note(why) if dex.shared.verbose else None,
        may_use=(lambda found: _agrees(_of_doubt(found), "Use it?")) if dex.can_ask else None,
    )


def _agrees(told: Iterator[str], question: str) -> bool:
    """Whether somebody says yes to a question, with what has to be known for it above it; default: no."""
    sys.stderr.write("".join(f"{line}\n" for line in told))
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")


def _of_plan(plan: Plan) -> Iterator[str]:
    """Everything that would be asked, and of whom."""
    yield from _lines("", f"dex does not know where {plan.domain} has its {content(plan.kind)}. It would ask:")
    yield from _lines("  DNS    ", f"{', '.join(plan.services)} (of your resolver)")
    hosts = [str(urlsplit(url).hostname) for url in plan.urls]
    if len(hosts) > 1:
        yield from _lines(
            "  https  ", f"where that says nothing: {hosts[0]}, which is told {plan.address}, then {hosts[1]}"
        )
    else:
        yield from _lines("  https  ", f"{hosts[0]}, or the host in it that the DNS names")
    yield from _lines(
        "", f"They may refer to hosts in {plan.domain}; nobody outside it is asked, and no password is sent."
    )


def _of_found(found: FoundServer) -> str:
    """What was found, and where."""
    said = {"srv": f"the DNS ({found.place})", "autoconfig": found.place, "well-known": found.place}[found.by]
    if found.url:
        return f"found {found.url}, named by {said}"
    security = {"tls": "TLS", "starttls": "STARTTLS"}[found.security]
    who = "".join([f", user {found.user}" if found.user else "", ", with a token" if found.auth == "xoauth2" else ""])
    return f"found {found.host}, port {found.port}, {security}{who}, named by {said}"


def _of_doubt(found: FoundServer) -> Iterator[str]:
    """Why a server is not believed without further ado."""
    from dexcli.config import providers

    provider = providers.of_host(found.host)
    whose = f" ({provider.name})" if provider else ""
    yield from _lines(
        "",
        f"{found.host}{whose} is outside the domain of the address. Whoever can forge what that domain says could have"
        " named it, and it will get your password.",
    )


def _lines(label: str, text: str) -> Iterator[str]:
    width = max(shutil.get_terminal_size().columns - len(label) - 1, 20)
    for number, line in enumerate(fold(harmless(text), width)):
        yield (label if number == 0 else " " * len(label)) + line
