"""Identifiers: the normal form of every value that says who somebody is, whatever way it was written."""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from dexcli.domain.machines import takes_no_reply
from dexcli.domain.names import fold

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


class Identifier(Struct, frozen=True, gc=False):
    """One normalised value; equal identifiers mean the same person, unless the store marks them shared."""

    kind: str
    """`email`, `phone`, `linkedin`, `url`, `uid`, `alias`, or `my-name` for a name of my own."""
    value: str


# --- e-mail ---------------------------------------------------------------------------------------

_MAX_ADDRESS = 254
"""RFC 5321 section 4.5.3.1.3, less the angle brackets."""

# Letters, digits, `-`, `_` and all that is not ASCII: said by exclusion, which compiles 3 ms faster.
_LABEL = r"[^\x00-,./:-^`{-\x7f]+"
_ADDRESS = re.compile(rf"""(?:[^\s@"(),:;<>\[\\\]]+|"[^"]+")@{_LABEL}(?:\.{_LABEL})*""")


def email(text: str) -> Identifier | None:
    """Read an e-mail address: bare, in angle brackets after a name, or as a `mailto:` URI.

    The whole address is lower-cased: RFC 5321 lets local parts differ by case, no server in use does. An
    internationalised domain is kept in Unicode, also when it was written as `xn--`. None: not an address.
    """
    text = text.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
    if text[:7].lower() == "mailto:":
        text = _percent_decoded(text[7:].partition("?")[0])
    text = text.rstrip(",;. ")
    if text[:1] == text[-1:] == "'":
        text = text[1:-1]
    text = text.lower()
    if not text.isascii() or "@xn--" in text or ".xn--" in text:
        text = _internationalised(text)
    if len(text) > _MAX_ADDRESS or not text.isprintable() or not _ADDRESS.fullmatch(text):
        return None
    return Identifier("email", text)


def _internationalised(address: str) -> str:
    import unicodedata

    local, at, domain = address.rpartition("@")
    domain = unicodedata.normalize("NFKC", domain.replace("。", ".")).lower().rstrip(".")
    domain = ".".join(_unicode_label(label) for label in domain.split("."))
    return unicodedata.normalize("NFC", f"{local}{at}{domain}")


def _unicode_label(label: str) -> str:
    """Decode one `xn--` label of a domain (RFC 3492); one that does not survive the way back stays."""
    if not label.startswith("xn--") or len(label) > 63:  # noqa: PLR2004 - longest label of a domain, RFC 1035
        return label
    import unicodedata

    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        encoded = decoded.encode("punycode").decode("ascii")
    except UnicodeError:
        return label
    sound = encoded == label[4:] and unicodedata.normalize("NFKC", decoded.lower()) == decoded
    return decoded if sound and not decoded.isascii() else label


_ROLE_WORDS = """
abuse accounting accounts admin administrator all alert alerts anfrage bestellung billing board
booking bookings bounce bounces buero careers commercial compta compliance contact contacto
contactus contato crew customercare customerservice daemon datenschutz dpo email enquiries events
everyone feedback finance ftp hallo hello help helpdesk hi hola hostmaster hr info information
inquiries invoice invoices it jobs kontakt legal list listserv mail mailer mailerdaemon mailing
majordomo marketing media news newsletter newsletters notification notifications notify office
offices operations ops order orders payments personal post postmaster pr praxis press presse privacy
receipts recruiting recruitment registrar reply reservations returns root sales secretariat security
service services shop spam staff subscribe subscriptions support system team tech ticket tickets
undisclosed unsubscribe update updates usenet uucp vertrieb verwaltung webmaster welcome www
"""
_ROLES = frozenset(_ROLE_WORDS.split())
_SEPARATORS = re.compile(r"[._+=-]+")


def is_role_address(address: str) -> bool:
    """Tell whether an address is that of a function or machine (`info@`, `noreply@`), which never links.

    The function stands alone or as the first word (`sales-uk@`); RFC 2142 names the classic ones.
    """
    words = _SEPARATORS.split(address.rpartition("@")[0].lower())
    joined = "".join(words)
    return words[0].rstrip("0123456789") in _ROLES or joined in _ROLES or takes_no_reply(address)


# --- phone ----------------------------------------------------------------------------------------

_MAX_PHONE = 60
_PHONE = re.compile(r"[+(\d][\d ()./~-]*")
_EXTENSION = re.compile(
    r"(?:;ext=|[,;]+|(?:extension|extn|ext|x|#|durchwahl|poste|доб)[.:]?) ?(\d{1,6})#?$", re.IGNORECASE
)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_LOCAL_DIGITS = 7
"""A number without its calling code has at least so many digits; shorter ones are a room, a year or a PIN."""


def phone(text: str, region: str | None) -> Identifier | None:
    """Read a phone number in any form as E.164, with an extension as `;ext=12` (RFC 3966).

    `region` (`DE`) explains a number without calling code; without it only `+` and `00` can be read. A number
    that lacks its area code identifies nobody. None: cannot be read.
    """
    parts = _phone_parts(text)
    if parts is None:
        return None
    text, extension = parts
    value = _e164(text, region)
    if value is None and text.startswith("00"):
        value = _e164(f"+{text[2:]}", None)
    return Identifier("phone", value + extension) if value else None


def may_be_phone(text: str) -> bool:
    """Whether a text is written as phone numbers are; the tables that know which exist are not loaded."""
    parts = _phone_parts(text)
    return parts is not None and any(map(str.isdigit, parts[0]))


def _phone_parts(text: str) -> tuple[str, str] | None:
    """The number as written, and its extension as `;ext=12`, where there is one; None: this is no number."""
    if not text.isascii():
        text = _plain_digits(text)
    text = " ".join(text.split()).lstrip("'")
    if len(text) > _MAX_PHONE:
        return None
    if text[:4].lower() == "tel:":
        text = _without_context(text[4:].strip())
    extension = ""
    if not text.isdigit() and (found := _EXTENSION.search(text)):
        extension = f";ext={found[1]}"
        text = text[: found.start()].rstrip()
    return (text, extension) if _PHONE.fullmatch(text) else None


def _plain_digits(text: str) -> str:
    """Replace the digits, spaces and dashes of other scripts; drop the invisible marks of chat exports."""
    import unicodedata

    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(
        str(unicodedata.decimal(character, character)) for character in text if unicodedata.category(character) != "Cf"
    )


def _without_context(number: str) -> str:
    """Put the `phone-context` of a local `tel:` URI in front of its number; drop parameters but `ext`."""
    number, *parameters = number.split(";")
    named = dict(parameter.lower().partition("=")[::2] for parameter in parameters)
    context = named.get("phone-context", "")
    if context.startswith("+") and not number.startswith("+"):
        number = context + number
    return f"{number};ext={named['ext']}" if "ext" in named else number


# A number is asked for several times in a row while its record is resolved, and again for each message of a chat.
@functools.lru_cache(maxsize=1_000)
def _e164(text: str, region: str | None) -> str | None:
    import phonenumbers
    from phonenumbers import NumberParseException, ValidationResult

    international = text.startswith("+")
    digits = "".join(filter(str.isdigit, text))
    if not international and len(digits) < _LOCAL_DIGITS:
        return None
    try:
        number = phonenumbers.parse(text, region and region.upper())
    except NumberParseException:
        return None
    _drop_old_mexican_prefix(number)
    verdict = phonenumbers.is_possible_number_with_reason(number)
    # The calling code is written out: whoever wrote it meant the whole number, however short.
    whole = international and verdict == ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    if verdict != ValidationResult.IS_POSSIBLE and not whole:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Where a trunk prefix was cut off and another one would be, as in 0000000, it was no number.
    sound = value[1:] == digits or phonenumbers.parse(value, None) == number
    return value if sound else None


def _drop_old_mexican_prefix(number: PhoneNumber) -> None:
    """Mexican mobiles were dialled +52 1 until 2019, and chat exports still write it."""
    digits = str(number.national_number)
    if number.country_code == 52 and len(digits) == 11 and digits[0] == "1":  # noqa: PLR2004 - calling code, length
        number.national_number = int(digits[1:])


def phone_display(value: str) -> str:
    """Write a normalised number for people: `+44 20 7946 0958`, with `ext. 12` where it has one."""
    import phonenumbers

    bare, _, extension = value.partition(";ext=")
    try:
        number = phonenumbers.parse(bare, None)
    except phonenumbers.NumberParseException:
        return value
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f"{shown} ext. {extension}" if extension else shown


_INTERNATIONAL = re.compile(r"\+ ?(\d[\d ()./-]{6,20})")


def region_of_calling_codes(text: str) -> str | None:
    """Guess the region of a file from the calling code most frequent among its `+` numbers.

    None where there are no such numbers. The first of equals wins; `+1` is the US.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    counts: Counter[int] = Counter()
    for found in _INTERNATIONAL.finditer(text):
        digits = "".join(filter(str.isdigit, found[1]))[:3]
        code = next((int(digits[:n]) for n in (1, 2, 3) if int(digits[:n]) in COUNTRY_CODE_TO_REGION_CODE), None)
        # 001 marks the services that belong to no country, such as +800.
        if code is not None and COUNTRY_CODE_TO_REGION_CODE[code][0] != "001":
            counts[code] += 1
    return COUNTRY_CODE_TO_REGION_CODE[counts.most_common(1)[0][0]][0] if counts else None


# --- profiles -------------------------------------------------------------------------------------

_MAX_URL = 500
_SLUG = re.compile(r"""[^\s\ufffd%?#&/\\<>"'()\[\]{}|^`*;,]+""")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")

_SERVICES = frozenset(
    (
        "github.com",
        "gitlab.com",
        "codeberg.org",
        "x.com",
        "facebook.com",
        "instagram.com",
        "bsky.app",
        "xing.com",
        "t.me",
        "orcid.org",
        "youtube.com",
        "medium.com",
        "tiktok.com",
        "threads.net",
    )
)
_SAME_HOST = {
    "twitter.com": "x.com",
    "fb.com": "facebook.com",
    "telegram.me": "t.me",
    "threads.com": "threads.net",
}
_UNDER_PROFILE = frozenset(("bsky.app", "xing.com"))
"""Their people live at /profile/NAME; everybody else's at /NAME."""
_ONLY_AT = frozenset(("youtube.com", "medium.com", "tiktok.com", "threads.net"))
"""Their people live at /@NAME, as in all of the Fediverse."""
_PAGE_WORDS = """
about account accounts apps blog business careers company contact dashboard dialog directory docs
download enterprise events explore features feed groups hashtag help home i intent jobs join
joinchat legal login logout marketplace messages messenger mobile new notifications organizations
orgs p pages people plans policies pricing privacy profile profile.php public reel reels register
search security settings share sharer sharer.php signin signup sponsors stories support terms topics
tos trending tv users watch
"""
_PAGES = frozenset(_PAGE_WORDS.split())
"""First parts of paths that are pages of the service, not people."""


def profile(url: str) -> Identifier | None:
    """Read the address of a person's page on a known service; a missing scheme does not matter.

    LinkedIn gives kind `linkedin` and the slug; WhatsApp and Signal links give the phone number; others kind
    `url` and `host/path`, lower-cased. Any other address (a company's home page) identifies nobody: None.
    """
    text = url.strip()
    if len(text) > _MAX_URL or not text.isprintable():
        return None
    scheme, separator, rest = text.partition("://")
    if not separator:
        rest = text
    elif scheme.lower() not in ("http", "https"):
        return None
    host, _, tail = rest.partition("/")
    tail, _, fragment = tail.partition("#")
    path, _, query = tail.partition("?")
    host = _host(host)
    path = _percent_decoded(path)
    if not host.isascii() or not path.isascii():
        import unicodedata

        # Normalising can bring back what it should not (a full-width slash): it comes before the checks.
        host, path = unicodedata.normalize("NFKC", host).lower(), unicodedata.normalize("NFC", path)
    parts = [part for part in path.lower().split("/") if part]
    if not _HOST.fullmatch(host) or not path.isprintable() or not all(map(_SLUG.fullmatch, parts)):
        return None
    if host == "linkedin.com" or host.endswith(".linkedin.com"):
        return _linkedin(parts)
    if host in ("wa.me", "api.whatsapp.com", "signal.me"):
        return _messenger(host, parts, query, fragment)
    return _page(host, parts, query)


def _percent_decoded(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def _host(host: str) -> str:
    host = host.lower().partition(":")[0]
    for prefix in ("www.", "m.", "mobile."):
        host = host.removeprefix(prefix)
    return _SAME_HOST.get(host, host)


def _linkedin(parts: list[str]) -> Identifier | None:
    if parts and parts[0] in ("mwlite", "comm"):
        parts = parts[1:]
    # A language or a section may follow the slug.
    match parts:
        case ["in", slug, *_]:
            return Identifier("linkedin", slug)
    return None


def _messenger(host: str, parts: list[str], query: str, fragment: str) -> Identifier | None:
    number = ""
    if host == "wa.me" and len(parts) == 1:
        number = parts[0]
    elif host == "signal.me":
        number = fragment.removeprefix("p/")
    elif parts == ["send"]:
        number = _parameter(query, "phone")
    number = _percent_decoded(number).strip().lstrip("+")
    return phone(f"+{number}", None) if number else None


def _page(host: str, parts: list[str], query: str) -> Identifier | None:
    match parts:
        case [name] if name.startswith("@"):
            user, _, home = name[1:].partition("@")
            home = home or host
            if user and _HOST.fullmatch(home):
                return Identifier("url", f"{_host(home)}/@{user}")
        case ["profile", name, *_] if host in _UNDER_PROFILE:
            return Identifier("url", f"{host}/profile/{name}")
        case ["profile.php"] if host == "facebook.com":
            number = _parameter(query, "id")
            return Identifier("url", f"{host}/{number}") if number.isdecimal() and number.isascii() else None
        case ["people", _, number] if host == "facebook.com":
            return Identifier("url", f"{host}/{number}") if number.isdecimal() and number.isascii() else None
        case [name] if host in _SERVICES and host not in _UNDER_PROFILE | _ONLY_AT:
            if name not in _PAGES and not name.startswith("+"):
                return Identifier("url", f"{host}/{name}")
    return None


def _parameter(query: str, name: str) -> str:
    pairs = (pair.partition("=")[::2] for pair in query.split("&"))
    return next((value for key, value in pairs if key == name), "")


# --- any of them ----------------------------------------------------------------------------------


def recognise(text: str, region: str | None) -> Identifier | None:
    """Tell what somebody typed or pasted: the address of a profile, an e-mail address or a phone number."""
    return (profile(text) if "/" in text else None) or (email(text) if "@" in text else None) or phone(text, region)


def of_claim(field: str, value: str, region: str | None) -> Identifier | None:
    """Give the identifier within a claim, or None where the field or the value identifies nobody."""
    match field:
        case "email":
            return email(value)
        case "phone":
            return phone(value, region)
        case "url":
            return profile(value)
        case "alias":
            folded = fold(value)
            return Identifier("alias", folded) if folded else None
    return None
