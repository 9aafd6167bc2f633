"""Calendars and address books on a server: where they are, and what changed in one.

RFC 4791 (CalDAV), 6352 (CardDAV), 6578 (sync-collection), 6764 (the way to them), 5397 (principal).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from msgspec import Struct

from dexcli.errors import CredentialsError, ServerError
from dexcli.sources._dav_client import APPLE, CALDAV, CARDDAV, DAV, Answer, Client, DavAccount, RefusedError
from dexcli.sources._text import clean

BATCH = 500
"""Resources in one multiget: twice as many take a server as long."""

GONE = 404
"""Status of a resource that is not there any more."""

_MOST_PAGES = 1_000
"""Of a sync-collection that a server gives in parts."""


class Collection(Struct, frozen=True, kw_only=True):
    """A calendar or an address book on the server."""

    url: str
    path: str
    """Of the url: by this it is known again."""
    name: str
    tag: str
    """What changes with every change in it (CTag); empty where the server has none."""


class Kind(Struct, frozen=True, kw_only=True):
    """What tells calendars from address books."""

    well_known: str
    home: str
    """The property of a principal that says where its collections are."""
    resource: str
    """The resource type of a collection."""
    multiget: str
    """The report that gives the data of many resources."""
    data: str
    """The property with the data of one."""
    word: str


CALENDARS = Kind(
    well_known="/.well-known/caldav",
    home=f"{CALDAV}calendar-home-set",
    resource=f"{CALDAV}calendar",
    multiget="c:calendar-multiget",
    data="c:calendar-data",
    word="calendar",
)
BOOKS = Kind(
    well_known="/.well-known/carddav",
    home=f"{CARDDAV}addressbook-home-set",
    resource=f"{CARDDAV}addressbook",
    multiget="a:addressbook-multiget",
    data="a:address-data",
    word="address book",
)

_OF_COLLECTION = (
    # No sync-token: a server may have to look at every object for it.
    "d:resourcetype", "d:displayname", "s:getctag", "c:supported-calendar-component-set",
)  # fmt: skip
_OF_PRINCIPAL = ("d:current-user-principal", "d:resourcetype", "c:calendar-home-set", "a:addressbook-home-set")


def collections(
    client: Client, account: DavAccount, kind: Kind, homes: Sequence[str] = ()
) -> tuple[list[Collection], list[str]]:
    """The collections of an account in the order of their paths, and the homes in which they were found.

    `homes` are those found before: the way to them is not asked for again as long as they are there. Raises
    ServerError where there is nothing.
    """
    if homes:
        try:
            return _chosen(_in_homes(client, account, kind, homes), account, kind), list(homes)
        except RefusedError:
            pass  # they moved
    found: list[Collection] = []
    homes = _homes(client, account, kind)
    try:
        found = _in_homes(client, account, kind, homes)
    except RefusedError as error:
        raise ServerError(
            f"{urlsplit(account.url).netloc} does not show its {kind.word}s: {error}",
            hint="is the url of the account right?",
        ) from error
    return _chosen(found, account, kind), homes


def _homes(client: Client, account: DavAccount, kind: Kind) -> list[str]:
    """Where the collections of the user are: by the url, by the principal that it names, or by the well-known place."""
    root = urlsplit(account.url)
    bare = root.path in ("", "/")
    well_known = urljoin(account.url, kind.well_known)
    refused: RefusedError | None = None
    for url in (well_known, urljoin(account.url, "/")) if bare else (account.url, well_known):
        try:
            answers = client.propfind(url, _OF_PRINCIPAL, depth=0)
        except RefusedError as error:
            refused = refused or error
            continue
        for item in answers.items:
            if _is_a(item, kind.resource):
                return [client.resolve(item.href, url)]
            if homes := _hrefs(item, kind.home):
                return [client.resolve(home, url) for home in homes]
            for principal in _hrefs(item, f"{DAV}current-user-principal"):
                place = client.resolve(principal, url)
                try:
                    said = client.propfind(place, _OF_PRINCIPAL, depth=0)
                except RefusedError as error:
                    refused = refused or error
                    continue
                homes = [client.resolve(home, place) for one in said.items for home in _hrefs(one, kind.home)]
                if homes:
                    return homes
    why = f": {refused}" if refused else ""
    if refused is not None and refused.status == 403:  # noqa: PLR2004 - Forbidden
        raise CredentialsError(f"{root.netloc} does not let {account.user} in{why}", hint="is the user right?")
    raise ServerError(
        f"{root.netloc} has no {kind.word}s at {root.path or '/'}{why}", hint="is the url of the account right?"
    )


def _in_homes(client: Client, account: DavAccount, kind: Kind, homes: Sequence[str]) -> list[Collection]:
    found = {}
    for home in homes:
        items: list[Answer] = []
        if home.rstrip("/") == account.url.rstrip("/"):  # it may be one collection, of whose objects nobody asked
            items = [
                item for item in client.propfind(home, _OF_COLLECTION, depth=0).items if _is_a(item, kind.resource)
            ]
        for item in items or client.propfind(home, _OF_COLLECTION, depth=1).items:
            if not _is_a(item, kind.resource) or _is_a(item, f"{APPLE}subscribed") or _is_for_others(item):
                continue
            url = client.resolve(item.href, home)
            found[item.href] = Collection(
                url=url,
                path=item.href,
                name=clean(" ".join(item.text(f"{DAV}displayname").split()))[:200] or item.href,
                tag=item.text(f"{APPLE}getctag"),
            )
    return [found[path] for path in sorted(found)]


def _chosen(found: list[Collection], account: DavAccount, kind: Kind) -> list[Collection]:
    """Those that the user named, or all. Raises ServerError for a name that none has, and where there are none."""
    if not found:
        raise ServerError(f"account {account.name} has no {kind.word} at all", hint="is the url of the account right?")
    if not account.collections:
        return found
    chosen = []
    for name in account.collections:
        fitting = [one for one in found if name in (one.name, one.path, one.path.rstrip("/").rpartition("/")[2])]
        if not fitting:
            names = ", ".join(one.name for one in found) or f"no {kind.word}"
            raise ServerError(f"account {account.name} has no {kind.word} {name!r}", hint=f"there are: {names}")
        chosen += [one for one in fitting if one not in chosen]
    return chosen


def _is_a(item: Answer, resource: str) -> bool:
    kinds = item.props.get(f"{DAV}resourcetype")
    return kinds is not None and kinds.find(resource) is not None


def _is_for_others(item: Answer) -> bool:
    """Whether a calendar says that it has no events: only tasks, or notes."""
    kinds = item.props.get(f"{CALDAV}supported-calendar-component-set")
    names = {one.get("name", "").upper() for one in kinds} if kinds is not None else set()
    return bool(names) and "VEVENT" not in names


def _hrefs(item: Answer, name: str) -> list[str]:
    element = item.props.get(name)
    return (
        []
        if element is None
        else [text for one in element.iterfind(f"{DAV}href") if (text := (one.text or "").strip())]
    )


# -- what changed in one ----------------------------------------------------------------------------------------------


def token_of(client: Client, collection: Collection) -> str:
    """The sync-token of a collection; empty where the server has none."""
    try:
        found = client.propfind(collection.url, ("d:sync-token",), depth=0).items
    except RefusedError:
        return ""
    return next((text for item in found if (text := item.text(f"{DAV}sync-token"))), "")


def is_same(client: Client, collection: Collection, *, tag: str, token: str) -> bool:
    """Whether nothing has changed since a collection had this CTag, or this sync-token where it has no CTag."""
    if collection.tag and tag:
        return collection.tag == tag
    return bool(token) and token_of(client, collection) == token


class TokenRefusedError(Exception):
    """The server does not know a sync-token any more, or never knew any: everything is to be compared."""


def changes(client: Client, collection: Collection, token: str) -> tuple[dict[str, str], set[str], str]:
    """What changed since a sync-token: the etags of what is new or changed, what is gone, and the next token.

    Raises TokenRefusedError, also where there is no token yet.
    """
    if not token:
        raise TokenRefusedError("there is none")
    changed: dict[str, str] = {}
    gone: set[str] = set()
    own = collection.path.rstrip("/")
    for _ in range(_MOST_PAGES):
        try:
            answers = client.report(
                collection.url,
                f"<d:sync-collection><d:sync-token>{escape(token)}</d:sync-token><d:sync-level>1</d:sync-level>"
                "<d:prop><d:getetag/></d:prop></d:sync-collection>",
                depth=0,  # RFC 6578, 3.2
            )
        except RefusedError as error:
            raise TokenRefusedError(str(error)) from error
        for item in answers.items:
            if item.href.rstrip("/") == own:
                continue
            if item.status == GONE:
                gone.add(item.href)
                changed.pop(item.href, None)
            else:
                changed[item.href] = item.text(f"{DAV}getetag")
                gone.discard(item.href)
        if not answers.token or (answers.truncated and answers.token == token):
            raise TokenRefusedError("it gives no token")
        token = answers.token
        if not answers.truncated:
            return changed, gone, token
    raise TokenRefusedError("it does not come to an end")


def multiget(client: Client, collection: Collection, hrefs: Sequence[str], kind: Kind) -> Iterator[list[Answer]]:
    """The data of resources, `BATCH` at a time, or fewer where that is too much for the server.

    Those that are gone meanwhile have the status `GONE`; what has neither that nor its data could not be given.
    """
    waiting = [hrefs[first : first + BATCH] for first in range(0, len(hrefs), BATCH)]
    while waiting:
        batch = waiting.pop(0)
        wanted = "".join(f"<d:href>{escape(href)}</d:href>" for href in batch)
        body = f"<{kind.multiget}><d:prop><d:getetag/><{kind.data}/></d:prop>{wanted}</{kind.multiget}>"
        answers = client.report(collection.url, body)
        if answers.truncated and len(batch) > 1:
            half = len(batch) // 2
            waiting[:0] = [batch[:half], batch[half:]]
        else:
            yield answers.items


def etags(client: Client, collection: Collection) -> dict[str, str]:
    """The etag of everything that is in a collection."""
    own = collection.path.rstrip("/")
    found = client.propfind(collection.url, ("d:getetag", "d:resourcetype"), depth=1).items
    return {item.href: item.text(f"{DAV}getetag") for item in found if item.href.rstrip("/") != own}
