"""Cards that lie one by one, on a server or in a folder: held without their pictures, and read with their groups."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from dexcli.domain.records import Origin, PersonRecord, Skipped
from dexcli.sources._card_lines import Cut, Place, cut_cards
from dexcli.sources._card_person import GROUP_PROPERTIES, USED, Group, read_card, read_group

_WANTED = USED | GROUP_PROPERTIES


class CardObject(Struct, frozen=True, kw_only=True):
    """What one object holds: a card, as a rule."""

    ref: str
    """Its name within the address book."""
    where: str
    cuts: Sequence[Cut]

    def groups(self) -> list[Group]:
        """The groups among its cards: they name others."""
        found = (read_group(cut.lines) for cut in self.cuts if not cut.fault)
        return [one for one in found if isinstance(one, Group)]


def held(data: bytes, *, ref: str, where: str) -> CardObject:
    """An object with what matters of its data."""
    return CardObject(ref=ref, where=where, cuts=list(cut_cards(io.BytesIO(data), Place(), _WANTED)))


def tags_of(groups: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[str]]:
    """The names of the groups of each UID, by the groups of each object: a name and the UIDs of its members."""
    found: dict[str, list[str]] = {}
    for ref in sorted(groups):
        for name, *members in groups[ref]:
            for uid in members:
                found.setdefault(uid, []).append(name)
    return found


def read(
    card: CardObject, tags: Mapping[str, Sequence[str]], *, source: str, account: str, folder: str
) -> Iterator[PersonRecord | Skipped]:
    """The people of an object; a group is none of them."""
    for number, cut in enumerate(card.cuts):
        where = card.where if number == 0 else f"{card.where}:{cut.line}"
        if cut.fault:
            yield Skipped(where=where, reason=cut.fault)
            continue
        if isinstance(read_group(cut.lines), Group):
            continue
        for item in read_card(
            cut.lines,
            unreadable=cut.unreadable,
            overlong=cut.overlong,
            source=source,
            account=account,
            where=where,
            ref=card.ref if number == 0 else f"{card.ref}#{number}",
            groups=tags,
        ):
            if isinstance(item, PersonRecord):
                origin = Origin(source=source, account=account, folder=folder, ref=item.origin.ref)
                yield msgspec.structs.replace(item, origin=origin)
            else:
                yield item
