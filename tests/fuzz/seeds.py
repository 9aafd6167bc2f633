"""Right input of every kind, as programs write it: what the fuzzing damages."""

from __future__ import annotations

from pathlib import Path

from support.calendars import BERLIN, calendar, event
from support.mail import mbox, message

DATA = Path(__file__).parent.parent / "sources" / "data"

VCARDS = tuple(file.read_bytes() for file in sorted((DATA / "vcard").glob("*.vcf")))
CONNECTIONS, GOOGLE_2019, GOOGLE, INTERACTIONS, OUTLOOK, PEOPLE = (
    file.read_bytes() for file in sorted((DATA / "csv").glob("*.csv"))
)

ICS = calendar(
    event("a@example.org", "LOCATION:Caf\u00e9", "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO,TH"),
    event("b@example.org", "EXDATE:20260312T090000Z", start=f"DTSTART;TZID={BERLIN}:20260305T090000"),
    event("b@example.org", "RECURRENCE-ID:20260319T090000Z", "STATUS:CANCELLED"),
    event("c@example.org", "RDATE;VALUE=PERIOD:20260401T090000Z/PT1H", start="DTSTART;VALUE=DATE:20260301", end=None),
    event("d@example.org", title="Dinner with Grace Hopper", people=(), organizer=None),
    lines=(
        "BEGIN:VTIMEZONE", "TZID:Custom", "BEGIN:STANDARD", "DTSTART:19701025T030000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD",
        "END:VTIMEZONE",
    ),
).encode()  # fmt: skip

MBOX = mbox(
    message(1),
    message(2, "Cc: =?utf-8?q?S=C3=B8ren?= <soren@example.org>, undisclosed-recipients:;", "X-Gmail-Labels: Sent"),
    message(3, "List-Id: <choir.example.org>", "In-Reply-To: <1@mail.example.org>", "References: <1@mail.example.org>"),
    message(
        4,
        'Content-Type: multipart/mixed; boundary="b"',
        body="--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Caf=E9 =\nlunch\n--b\nContent-Type: text/calendar; method=REQUEST\nContent-Transfer-Encoding: base64\n\n"
        "QkVHSU46VkNBTEVOREFSDQpCRUdJTjpWRVZFTlQNClVJRDp4DQpFTkQ6VkVWRU5UDQpFTkQ6VkNBTEVOREFSDQo=\n--b--\n",
    ),
)

MULTISTATUS = tuple(
    f'<?xml version="1.0" encoding="{encoding}"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:response><d:href>/cal/a.ics</d:href><d:propstat><d:prop><d:getetag>&quot;1&quot;</d:getetag>"
    f"<c:calendar-data>{calendar(event('a@example.org'))}</c:calendar-data></d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:response><d:href>/cal/b.ics</d:href>"
    "<d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:sync-token>data:,7</d:sync-token>"
    "</d:multistatus>".encode(encoding)
    for encoding in ("utf-8", "utf-16", "iso-8859-1")
)  # fmt: skip

AUTOCONFIG = b"""<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="example.org">
<domain>example.org</domain><incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port>
<socketType>SSL</socketType><username>%EMAILLOCALPART%</username><authentication>OAuth2</authentication>
</incomingServer><incomingServer type="pop3"><hostname>pop.example.org</hostname></incomingServer>
</emailProvider></clientConfig>"""

TOKENS = (
    b'{"access_token": "a-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r", "scope": "mail"}',
    b'{"error": "invalid_grant", "error_description": "expired"}',
    b'{"access_token": "a", "expires_in": "3599.5", "interval": 5, "user_code": "AB-CD", "nested": {"a": [1, null]}}',
)

SETTINGS = b"""[me]
emails = ["ada@example.org"]
phones = ["+44 20 7946 0958"]
[due]
lead = 7
cadence = "3m"
[dates]
order = "DMY"
timezone = "Europe/Berlin"
[open]
mail = "neomutt -F x"
[policy]
cc = true
[accounts.work]
type = "imap"
"""

TYPED = (
    b'tag:navy or (company:"Analytical Engines" !lunch) since:2026-01-01 due:<2w kind:mail "two words"',
    b"last friday", b"in 3 weeks", b"29 February 2024", b"03/04/2026", b"next tuesday at 10:30", b"every 6 weeks",
    b"dex log 'ada lovelace' --on \"yesterday\" --with gra\\ ce", b"https://example.org:8443/dav/%20x?y#z",
)  # fmt: skip
