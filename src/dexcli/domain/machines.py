"""Who wrote a mail: a person, a list or a machine, by its headers and by the look of addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe")
_BULK = frozenset({"bulk", "list", "junk"})
_NO_REPLY = re.compile(
    r"noreply|donotreply|nepasrepondre|noresponder|nichtantworten|mailerdaemon"
    r"|(?:^|[._+=-])(?:no|not|do[._-]?not|dont|never|ne[._-]?pas|nicht)"
    r"[._-]?(?:reply|respond|repondre|responder|antwort(?:en)?)(?:$|[\d._+=-])"
    r"|^(?:mailer[._-]daemon|postmaster|bounces?)(?:$|[._+=-])"
)
"""In one word anywhere; in several from a boundary on, since `arno.reply` is somebody."""

LIST_SENDER = re.compile(
    r"(?:owner|bounces?|errors)-(.+)|(.+?)-(?:owner|admin|bounces?|request|errors|return)(?:[-+=].*)?", re.DOTALL
)
"""By which address a list sends: `owner-looms`, `looms-bounces+ada=example.org`, `looms-return-17-ada=example.org`."""


def takes_no_reply(address: str) -> bool:
    """Tell whether an address is that of a machine to which nobody answers, by what it says before the @."""
    return _NO_REPLY.search(address.rpartition("@")[0].lower()) is not None


def automatic(headers: Mapping[str, str], sender: str | None) -> str | None:
    """Why a mail with these headers (names in lower case) is from a list or machine; None: a person may have written.

    Headers decide before the look of the sender's address: RFC 2919 and 2369 (lists), RFC 3834 (Auto-Submitted),
    RFC 3464 and 5321 section 4.5.5 (reports have no return path).
    """
    for name in _LIST_HEADERS:
        if name in headers and headers[name].strip():
            return "list"
    if "precedence" in headers and headers["precedence"].strip().lower() in _BULK:
        return "bulk"
    if headers.get("auto-submitted", "no").partition(";")[0].strip().lower() not in ("no", ""):
        return "auto"
    if headers.get("return-path", "").strip() == "<>":
        return "bounce"
    if headers.get("content-type", "").lstrip()[:16].lower() == "multipart/report":
        return "bounce"
    if sender is not None and takes_no_reply(sender):
        return "no_reply"
    return None
