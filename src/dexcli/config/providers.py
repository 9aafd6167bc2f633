"""The great mail providers, offline: which server an address has, who one is there, and how one gets in.

Facts of November 2026 from the providers' own pages and from what Thunderbird knows of them (its ISPDB). Nothing is
looked up in the network: to ask would tell somebody where a person has their mail.
"""

from __future__ import annotations

from typing import Literal, assert_never

from msgspec import Struct

from dexcli.domain.account_types import AccountType, DavType
from dexcli.results.accounts import IMAPS_PORT

Security = Literal["tls", "starttls", "none"]
Auth = Literal["password", "digest", "xoauth2", "oauthbearer", "bearer", "none"]
"""How one logs in. `digest` and `bearer` are ways of HTTP, `xoauth2` and `oauthbearer` of IMAP."""

BY_PASSWORD = ("password", "digest")
"""Those with a password; the others have a token, or `none` has nothing."""


class OAuth(Struct, frozen=True, kw_only=True):
    """Where a provider grants tokens, and what it wants there. The client is always the user's own."""

    authorize_url: str
    token_url: str
    device_url: str = ""
    revoke_url: str = ""
    scopes: dict[AccountType, str]
    """What to ask for, by the type of an account."""
    wants_secret: bool = False
    """Whether a client there has a secret."""
    secret_in_body: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    """What is said beside the usual to be granted a refresh token."""
    redirect_host: str = "127.0.0.1"
    redirect_path: str = "/"


# developers.google.com/identity/protocols/oauth2/native-app. The flow for other devices offers none of these scopes.
_GOOGLE = OAuth(
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address
    revoke_url="https://oauth2.googleapis.com/revoke",
    scopes={
        "imap": "https://mail.google.com/",
        "caldav": "https://www.googleapis.com/auth/calendar",
        "carddav": "https://www.googleapis.com/auth/carddav",
    },
    wants_secret=True,
    secret_in_body=True,
    parameters=(("access_type", "offline"), ("prompt", "consent")),
)

# learn.microsoft.com/entra/identity-platform/reply-url: the portal takes `http://localhost`, at which any port will do.
_MICROSOFT = OAuth(
    authorize_url="https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token_url="https://login.microsoftonline.com/common/oauth2/v2.0/token",  # noqa: S106 - an address
    device_url="https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
    scopes={"imap": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"},
    secret_in_body=True,
    redirect_host="localhost",
    redirect_path="",
)


class Provider(Struct, frozen=True, kw_only=True):
    """One provider."""

    slug: str
    """Name of the first account there."""
    name: str
    domains: tuple[str, ...]
    """Of its addresses; those of its customers cannot be listed."""
    host: str
    port: int = IMAPS_PORT
    security: Security = "tls"
    local_part: bool = False
    """Whether one is known there by what stands before the `@`, instead of by the whole address."""
    auth: Auth = "password"
    caldav: str | None = None
    """Where its calendars are; None: it has none, or we do not know."""
    carddav: str | None = None
    """Where its address books are."""
    dav_auth: Auth = "password"
    """How one gets at those."""
    dav_hosts: tuple[str, ...] = ()
    """Domains to whose hosts it refers from there."""
    oauth: OAuth | None = None
    """Where it grants tokens; None: nowhere that a client of one's own may ask."""
    page: str | None = None
    """Of ours, with what has to be done there."""
    hint: str
    """How to get in, in a sentence."""
    dav_hint: str | None = None
    """How to get at calendars and address books, where that is another way, or why one cannot."""

    def dav_url(self, kind: DavType) -> str | None:
        """Where its calendars or address books are."""
        match kind:
            case "caldav":
                return self.caldav
            case "carddav":
                return self.carddav
        assert_never(kind)

    def knows(self, kind: AccountType) -> bool:
        """Whether a server of that type need not be looked for."""
        match kind:
            case "imap":
                return bool(self.host)
            case "caldav" | "carddav":
                return bool(self.dav_url(kind))
            case "vdir":
                return False
        assert_never(kind)


PROVIDERS = (
    Provider(
        slug="gmail",
        name="Gmail",
        domains=("gmail.com", "googlemail.com"),
        host="imap.gmail.com",
        caldav="https://apidata.googleusercontent.com/caldav/v2/",
        carddav="https://www.googleapis.com/.well-known/carddav",
        dav_auth="bearer",
        oauth=_GOOGLE,
        page="docs/providers/gmail.md",
        dav_hint="Google's calendars and address books take no passwords, only tokens: make a client of your own there"
        " and name it as oauth_client_id, or a program that prints a token (oama) as token_command.",
        hint="Gmail wants an app password, which needs 2-Step Verification: myaccount.google.com/apppasswords.",
    ),
    Provider(
        slug="icloud",
        name="iCloud",
        domains=("icloud.com", "me.com", "mac.com"),
        host="imap.mail.me.com",
        local_part=True,
        caldav="https://caldav.icloud.com/",
        carddav="https://contacts.icloud.com/",
        dav_hosts=("icloud.com",),
        page="docs/providers/icloud.md",
        hint="iCloud wants an app-specific password, which needs two-factor authentication: account.apple.com.",
    ),
    Provider(
        slug="fastmail",
        name="Fastmail",
        domains=("fastmail.com", "fastmail.fm"),
        host="imap.fastmail.com",
        caldav="https://caldav.fastmail.com/dav/",
        carddav="https://carddav.fastmail.com/",
        page="docs/providers/fastmail.md",
        hint="Fastmail wants an app password, not that of the account: Settings, Privacy & Security.",
    ),
    Provider(
        slug="outlook",
        name="Microsoft",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "outlook.de", "hotmail.fr"),
        host="outlook.office365.com",
        auth="xoauth2",
        oauth=_MICROSOFT,
        page="docs/providers/microsoft.md",
        hint="Microsoft takes no passwords, only tokens: make a client of your own there and name it as"
        " oauth_client_id, or a program that prints a token (oama, mutt_oauth2) as token_command.",
        dav_hint="Microsoft has neither CalDAV nor CardDAV: export the calendar as .ics and the contacts as .csv, and"
        " dex import reads both.",
    ),
    Provider(
        slug="yahoo",
        name="Yahoo",
        domains=("yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.it", "yahoo.es", "yahoo.co.uk", "ymail.com",
                 "rocketmail.com"),
        host="imap.mail.yahoo.com",
        hint="Yahoo wants an app password: Account Security, Generate app password.",
    ),
    Provider(
        slug="aol",
        name="AOL",
        domains=("aol.com", "aol.de", "aol.fr", "aol.co.uk", "aim.com"),
        host="imap.aol.com",
        hint="AOL wants an app password: Account Security, Generate app password.",
    ),
    Provider(
        slug="gmx",
        name="GMX",
        domains=("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu", "gmx.org"),
        host="imap.gmx.net",
        hint="GMX has to be told once that programs may use IMAP: in the web mail, Settings, POP3 & IMAP.",
    ),
    Provider(
        slug="gmx",
        name="GMX",
        domains=("gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es", "gmx.it"),
        host="imap.gmx.com",
        hint="GMX has to be told once that programs may use IMAP: in the web mail, Settings, POP3 & IMAP.",
    ),
    Provider(
        slug="webde",
        name="web.de",
        domains=("web.de",),
        host="imap.web.de",
        local_part=True,
        hint="web.de has to be told once that programs may use IMAP: in the web mail, Settings, POP3 & IMAP.",
    ),
    Provider(
        slug="mailbox",
        name="mailbox.org",
        domains=("mailbox.org",),
        host="imap.mailbox.org",
        caldav="https://dav.mailbox.org/",
        carddav="https://dav.mailbox.org/",
        hint="mailbox.org takes your password, or an application password once two-factor authentication is on.",
    ),
    Provider(
        slug="posteo",
        name="Posteo",
        domains=("posteo.de", "posteo.net", "posteo.eu", "posteo.org", "posteo.at", "posteo.ch"),
        host="posteo.de",
        caldav="https://posteo.de:8443/",
        carddav="https://posteo.de:8443/",
        hint="Posteo takes the password of the account.",
    ),
    Provider(
        slug="proton",
        name="Proton",
        domains=("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
        host="127.0.0.1",
        port=1143,
        security="starttls",
        page="docs/providers/proton.md",
        hint="Proton is read through its Bridge on this machine: the password is the Bridge's own, and --ca-file names"
        " the certificate that the Bridge exports.",
    ),
)  # fmt: skip


def of_address(address: str) -> Provider | None:
    """The provider of an address; None where its domain says nothing."""
    domain = address.rpartition("@")[2].lower()
    return next((one for one in PROVIDERS if domain in one.domains), None)


def of_host(host: str) -> Provider | None:
    """The provider whose server this is, for addresses in a domain of one's own."""
    return next((one for one in PROVIDERS if host.lower() == one.host and one.slug != "proton"), None)
