import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dexcli.domain.identifiers import (
    Identifier,
    email,
    is_role_address,
    of_claim,
    phone,
    phone_display,
    profile,
    recognise,
    region_of_calling_codes,
)
from dexcli.domain.machines import takes_no_reply


def value(identifier: Identifier | None) -> str | None:
    return identifier.value if identifier else None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG ", "ada@example.org"),
        ("mailto:ada%2Bx@example.org?subject=Engine", "ada+x@example.org"),
        ("MAILTO:ada@example.org", "ada@example.org"),
        ('"Lovelace, Ada" <ada@example.org>', "ada@example.org"),
        ("<mailto:ada@example.org>", "ada@example.org"),
        ("'ada@example.org'", "ada@example.org"),
        ("ada@example.org,", "ada@example.org"),
        ("ada@example.org.", "ada@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ('"ada lovelace"@example.org', '"ada lovelace"@example.org'),
        ("ada@localhost", "ada@localhost"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@xn--.example", "ada@xn--.example"),
        ("ada@xn--99999999999.example", "ada@xn--99999999999.example"),
        ("ada@stra\u00dfe.example", "ada@stra\u00dfe.example"),
        ("ada@example\u3002org", "ada@example.org"),
        ("", None),
        ("ada", None),
        ("@example.org", None),
        ("ada@", None),
        ("ada@b@example.org", None),
        ("ada lovelace@example.org", None),
        ("ada@example..org", None),
        ("ada@exa\x1bmple.org", None),
        ("ada\u202e@example.org", None),
        ("a" * 250 + "@example.org", None),
        ("https://example.org/@ada", None),
    ],
)
def test_an_address_is_read_however_it_is_dressed(text: str, address: str | None) -> None:
    assert email(text) == (Identifier("email", address) if address else None)


LABELS = st.text("aö-.xn0@ß。\u212a\ufb01", max_size=12) | st.text(max_size=12)


@given(st.builds("{}@{}".format, LABELS, LABELS) | st.builds("a@xn--{}.org".format, LABELS))
@example("a@xn--a-ecp.org")
def test_a_normalised_address_is_its_own_normal_form(text: str) -> None:
    found = email(text)
    assert found is None or email(found.value) == found


@pytest.mark.parametrize(
    "address",
    [
        "info@example.org",
        "sales-uk@example.org",
        "support2@example.org",
        "no-reply@example.org",
        "drive-shares-noreply@example.org",
        "do_not_reply@example.org",
        "MAILER-DAEMON@example.org",
        "bounces+123@example.org",
        "customer.service@example.org",
        "postmaster@example.org",
    ],
)
def test_a_role_address_is_nobody(address: str) -> None:
    assert is_role_address(address)


MACHINES = (
    "noreply", "no-reply", "no_reply", "no.reply", "No-Reply", "noreply+17", "noreply7", "no-reply2", "shop-noreply",
    "shopnoreply", "donotreply", "do-not-reply", "do.not.reply", "shop-do-not-reply", "dont-reply", "do-not-respond",
    "never-reply", "neverreply", "not-reply", "noreply-ada=example.net", "nepasrepondre", "ne-pas-repondre",
    "ne-pas-responder", "noresponder", "no-responder", "nichtantworten", "nicht-antworten", "bitte-nicht-antworten",
    "mailer-daemon", "mailerdaemon", "mailer_daemon", "postmaster", "bounce", "bounces", "bounces+ada=example.net",
)  # fmt: skip


@pytest.mark.parametrize("local", MACHINES)
def test_who_takes_no_reply_is_nobody(local: str) -> None:
    assert takes_no_reply(f"{local}@example.org")
    assert is_role_address(f"{local}@example.org")


@pytest.mark.parametrize(
    "local", ["arno.reply", "arno-reply", "noreen", "reply", "antwort", "nicht", "postmasters", "bouncer", "not.ada"]
)
def test_who_only_looks_a_little_like_it_takes_a_reply(local: str) -> None:
    assert not takes_no_reply(f"{local}@no-reply.example.org")


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "ada.info@example.org",
        "teamer@example.org",
        "salesberg@example.org",
        "@example.org",
    ],
)
def test_a_personal_address_is_not_a_role(address: str) -> None:
    assert not is_role_address(address)


LONDON = "+442079460958"


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+44 20 7946 0958", None, LONDON),
        ("+44 (0)20 7946 0958", None, LONDON),
        ("020 7946 0958", "GB", LONDON),
        ("(020) 7946.0958", "gb", LONDON),
        ("0044 20 7946 0958", None, LONDON),
        ("0044 20 7946 0958", "US", LONDON),
        ("011 44 20 7946 0958", "US", LONDON),
        ("tel:+44-20-7946-0958", None, LONDON),
        ("tel:7946-0958;phone-context=+44-20", None, LONDON),
        ("tel:+44-20-7946-0958;isub=1;ext=12", None, LONDON + ";ext=12"),
        ("+44 20 7946 0958 x12", None, LONDON + ";ext=12"),
        ("+44 20 7946 0958 Ext. 12", None, LONDON + ";ext=12"),
        ("+44 20 7946 0958,,12#", None, LONDON + ";ext=12"),
        ("'+44 20 7946 0958", None, LONDON),
        ("\u202a+44\u00a020 7946\u20110958\u202c", None, LONDON),
        ("\uff0b\uff14\uff14 20 7946 0958", None, LONDON),
        ("+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", None, LONDON),
        ("(415) 555-0100", "US", "+14155550100"),
        ("+1 555 0100", None, "+15550100"),
        ("+39 06 555 0100", None, "+39065550100"),
        ("+52 1 55 5555 0100", None, "+525555550100"),
        ("020 7946 0958", None, None),
        ("020 7946 0958", "XX", None),
        ("555-0100", "US", None),
        ("2026", "DE", None),
        ("+44", None, None),
        ("+", None, None),
        ("", "GB", None),
        ("4.42E+11", "GB", None),
        ("+44 20 7946 0958 / +44 20 7946 0959", None, None),
        ("call 020 7946 0958", "GB", None),
        ("=1+1", "GB", None),
        ("020 7946 0958\x1b[0m", "GB", None),
        ("0000000", "DE", None),
        ("1" * 10_000, "GB", None),
    ],
)
def test_a_number_is_read_in_any_form(text: str, region: str | None, number: str | None) -> None:
    assert phone(text, region) == (Identifier("phone", number) if number else None)


@given(
    st.from_regex(r"(\+|00|tel:)?[0-9 ().-]{5,16}(x[0-9]{1,4}|;ext=[0-9]{1,3})?", fullmatch=True) | st.text(),
    st.sampled_from([None, "US", "DE", "IT", "AR", "MX", "RU"]),
)
@example("+52 1 1 55 5555 010", None)
@example("+51 000000 x0", None)
def test_a_normalised_number_is_its_own_normal_form(text: str, region: str | None) -> None:
    found = phone(text, region)
    if found is not None:
        assert phone(found.value, region) == found
        assert phone(found.value, None) == found
        assert phone(phone_display(found.value), None) == found


def test_a_number_is_shown_in_international_form() -> None:
    assert phone_display(LONDON) == "+44 20 7946 0958"
    assert phone_display(LONDON + ";ext=12") == "+44 20 7946 0958 ext. 12"
    assert phone_display("ask reception") == "ask reception"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+44 20 7946 0958\n+44 20 7946 0959\n+1 415 555 0100", "GB"),
        ("+1 (415) 555-0100, +49 30 5550100", "US"),
        ("+358 9 555 0100", "FI"),
        ("+800 5555 0100", None),
        ("020 7946 0958", None),
        ("a+1 = b+2", None),
        ("+" * 50_000, None),
        ("", None),
    ],
)
def test_the_most_frequent_calling_code_tells_the_region(text: str, region: str | None) -> None:
    assert region_of_calling_codes(text) == region


@pytest.mark.parametrize(
    ("url", "kind", "slug"),
    [
        ("https://www.linkedin.com/in/ada-lovelace", "linkedin", "ada-lovelace"),
        ("http://de.linkedin.com/in/Ada-Lovelace/?trk=x#top", "linkedin", "ada-lovelace"),
        ("linkedin.com/in/ad%C3%A8le-1/en", "linkedin", "adèle-1"),
        ("linkedin.com/in/ade\u0300le-1/", "linkedin", "adèle-1"),
        ("https://m.linkedin.com/mwlite/in/ada", "linkedin", "ada"),
        ("https://github.com/Ada/", "url", "github.com/ada"),
        ("https://gitlab.com/ada", "url", "gitlab.com/ada"),
        ("https://twitter.com/Ada?s=20", "url", "x.com/ada"),
        ("https://mobile.twitter.com/ada", "url", "x.com/ada"),
        ("x.com/ada", "url", "x.com/ada"),
        ("https://www.facebook.com/ada.lovelace", "url", "facebook.com/ada.lovelace"),
        ("https://www.facebook.com/profile.php?v=1&id=1815", "url", "facebook.com/1815"),
        ("https://m.facebook.com/people/Ada/1815/", "url", "facebook.com/1815"),
        ("https://instagram.com/ada/", "url", "instagram.com/ada"),
        ("https://social.example/@Ada", "url", "social.example/@ada"),
        ("https://social.example/@ada@other.example", "url", "other.example/@ada"),
        ("https://bsky.app/profile/ada.example.org", "url", "bsky.app/profile/ada.example.org"),
        ("https://www.xing.com/profile/Ada_Lovelace/cv", "url", "xing.com/profile/ada_lovelace"),
        ("https://www.youtube.com/@ada", "url", "youtube.com/@ada"),
        ("https://t.me/ada", "url", "t.me/ada"),
        ("https://wa.me/442079460958?text=hi", "phone", LONDON),
        ("https://api.whatsapp.com/send?phone=%2B442079460958", "phone", LONDON),
        ("https://signal.me/#p/+442079460958", "phone", LONDON),
    ],
)
def test_a_profile_is_known_by_its_slug(url: str, kind: str, slug: str) -> None:
    assert profile(url) == Identifier(kind, slug)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/",
        "https://example.org/ada",
        "https://www.linkedin.com/company/acme",
        "https://www.linkedin.com/in/",
        "https://linkedin.com.example/in/ada",
        "https://evillinkedin.com/in/ada",
        "https://ada@linkedin.com@example.org/in/ada",
        "https://github.com",
        "https://github.com/ada/engine",
        "https://github.com/login",
        "https://www.facebook.com/profile.php?id=x",
        "https://www.facebook.com/profile.php",
        "https://t.me/+abcdef",
        "https://twitter.com/ada/status/1",
        "https://social.example/@",
        "https://www.youtube.com/ada",
        "https://wa.me/12",
        "https://signal.me/#eu/abc",
        "ftp://github.com/ada",
        "javascript://github.com/ada",
        "https://linkedin.com/in/ada%2541",
        "https://linkedin.com/in/ada%1b%5b0m",
        "https://linkedin.com/in/ada%ff",
        "https://linkedin.com/in/ada lovelace",
        "https://linkedin.com/in/" + "a" * 500,
    ],
)
def test_any_other_page_identifies_nobody(url: str) -> None:
    assert profile(url) is None


@given(
    st.builds(
        "{}{}/{}".format,
        st.sampled_from(["", "https://", "HTTP://www."]),
        st.sampled_from(
            ["linkedin.com/in", "github.com", "Social.example", "bsky.app/profile", "t.me", "facebook.com"]
        ),
        st.text(max_size=12) | st.text("aİ\u212a%42@./é\u0301", max_size=12),
    )
    | st.text()
)
def test_a_normalised_profile_is_its_own_normal_form(url: str) -> None:
    found = profile(url)
    if found is not None:
        again = f"linkedin.com/in/{found.value}" if found.kind == "linkedin" else found.value
        assert profile(again) == found
        assert found.value.isprintable()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("ada@example.org", "email"),
        ("020 7946 0958", "phone"),
        ("https://linkedin.com/in/ada", "linkedin"),
        ("https://social.example/@ada", "url"),
        ("030/5550100", "phone"),
        ("ada", None),
        ("ada-lovelace", None),
        ("https://example.org", None),
    ],
)
def test_a_pasted_word_is_recognised(word: str, kind: str | None) -> None:
    found = recognise(word, "GB" if word.startswith("020") else "DE")
    assert (found.kind if found else None) == kind


@given(st.text(), st.sampled_from([None, "GB"]))
def test_nothing_that_is_typed_raises(text: str, region: str | None) -> None:
    found = recognise(text, region)
    assert found is None or found.value


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("email", "Ada@example.org", Identifier("email", "ada@example.org")),
        ("phone", "020 7946 0958", Identifier("phone", LONDON)),
        ("url", "https://github.com/ada", Identifier("url", "github.com/ada")),
        ("url", "https://example.org", None),
        ("alias", "Łu", Identifier("alias", "lu")),
        ("alias", " ", None),
        ("company", "ada@example.org", None),
    ],
)
def test_only_some_claims_identify(field: str, text: str, expected: Identifier | None) -> None:
    assert of_claim(field, text, "GB") == expected
