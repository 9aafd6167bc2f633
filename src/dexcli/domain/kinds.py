"""Kinds of contact, and the words by which the beginning of a text names one."""

from __future__ import annotations

import re

KINDS = ("note", "mail", "meeting", "call", "message", "coffee", "meal", "letter", "gift")
"""Kinds that a text can name; any other word is a kind by `--kind`."""

OTHER_WORDS = {
    **dict.fromkeys(("breakfast", "brunch", "lunch", "dinner", "supper", "drinks"), "meal"),
    **dict.fromkeys(("phone", "phone call", "video call"), "call"),
    **dict.fromkeys(("email", "e-mail"), "mail"),
    **dict.fromkeys(("text", "text message", "sms", "chat"), "message"),
    **dict.fromkeys(("visit",), "meeting"),
}
"""Words for kinds that say more, or say it differently."""

_KIND_OF = {kind: kind for kind in KINDS} | OTHER_WORDS
_FORMS = r"({words})(?:(?P<mark>\s*[,:]|$)|[ \t]+(?:about|with|re|on)\b)"


def named_by(text: str) -> tuple[str, str | None] | None:
    """The kind that a text begins with, and what remains to be told; None where it names none.

    The word stands alone (`coffee`), before a comma or colon (`call: the compiler course`), or before about, with, re
    or on (`lunch with her sister`): `text me the address` names nothing. A kind's own name goes where it says nothing
    more (`coffee, her new job` is a coffee about her new job); any other text stays whole, so that `lunch, her thesis`
    is still known for a lunch.
    """
    text = text.strip()
    words = "|".join(sorted(map(re.escape, _KIND_OF), key=len, reverse=True))
    match = re.match(_FORMS.format(words=words), text, re.IGNORECASE)
    if match is None:
        return None
    word = match[1].lower()
    if word in OTHER_WORDS or match["mark"] is None:
        return _KIND_OF[word], text
    return word, text[match.end() :].strip() or None
