"""A small mailbox, as one mbox: two who answer, a newsletter, a shop, a stranger who was never answered."""

from __future__ import annotations

ME = "me@example.org"

_LETTERS = (
    # from, to, date, subject, Message-ID, more headers
    ("Emmy Noether <emmy@example.org>", f"Me <{ME}>", "Mon, 02 Feb 2026 09:00:00 +0000", "Rings", "1", ""),
    (
        f"Me <{ME}>",
        "emmy@example.org",
        "Tue, 03 Feb 2026 09:00:00 +0000",
        "Re: Rings",
        "2",
        "References: <1@example.org>",
    ),
    (f"Me <{ME}>", '"Goedel, Kurt" <kurt@example.org>', "Wed, 04 Feb 2026 09:00:00 +0000", "Proofs", "3", ""),
    (
        "Weekly <weekly@example.net>",
        ME,
        "Thu, 05 Feb 2026 09:00:00 +0000",
        "News",
        "4",
        "List-Id: <weekly.example.net>",
    ),
    ("Shop <no-reply@shop.example.net>", ME, "Fri, 06 Feb 2026 09:00:00 +0000", "Your order", "5", ""),
    ("Somebody <somebody@example.net>", ME, "Sat, 07 Feb 2026 09:00:00 +0000", "Hello", "6", ""),
    ("Emmy Noether <emmy@example.org>", ME, "Sun, 08 Feb 2026 09:00:00 +0000", "Ideals", "7", ""),
)


def message(number: int) -> str:
    """One of the mails, from 1, as it is piped."""
    from_, to, date, subject, ref, more = _LETTERS[number - 1]
    end = "\n" if more else ""
    return (
        f"From: {from_}\nTo: {to}\nDate: {date}\nSubject: {subject}\nMessage-ID: <{ref}@example.org>\n{more}{end}"
        "Content-Type: text/plain\n\nHello.\n"
    )


def mbox() -> str:
    """All of them in one file."""
    return "".join(
        f"From mail@example.org Mon Feb  2 09:00:00 2026\n{message(number)}\n" for number in range(1, len(_LETTERS) + 1)
    )
