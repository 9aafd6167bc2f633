"""Discovery asks a domain where its servers are, by the DNS and https, and believes nothing that cannot be."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.domain.account_types import ServerType
from dexcli.errors import NetworkError, ServerError
from dexcli.results.accounts import FoundServer
from dexcli.sources import _autoconfig, discovery
from dexcli.sources import _discovery_names as names
from dexcli.sources._discovery_patience import Patience
from support.domains import GARBAGE, LOOP, SERVFAIL, SILENT, TRUNCATED, Asked, Domains, Reply, domains

ADDRESS = "ada@work.test"
QUICK = Patience(dns=0.5, https=1.0, total=3.0)


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Domains]:
    """A network of invented domains, in which nothing is known yet."""
    with domains(tmp_path) as known:
        known.install(monkeypatch.setattr)
        yield known


def find(
    net: Domains, kind: ServerType = "imap", address: str = ADDRESS, tell: discovery.Tell | None = None
) -> FoundServer:
    plan = discovery.plan(kind, address)
    assert plan is not None
    return discovery.find(plan, ca_file=str(net.ca_file), patience=QUICK, tell=tell)


def trouble(net: Domains, kind: ServerType = "imap", address: str = ADDRESS) -> str:
    """What went wrong: in one sentence for everybody, and below it place by place for who wants to know."""
    told: list[str] = []
    with pytest.raises(ServerError) as error:
        find(net, kind, address, told.append)
    assert f"dex account add {address} " in (error.value.hint or "")
    assert "\n" not in error.value.message
    return "\n".join([error.value.message, *told])


def config(*servers: str) -> bytes:
    return (
        f'<clientConfig version="1.1"><emailProvider id="x">{"".join(servers)}</emailProvider></clientConfig>'.encode()
    )


def server(
    host: str = "imap.%EMAILDOMAIN%",
    port: str = "993",
    security: str = "SSL",
    user: str = "%EMAILADDRESS%",
    way: str = "<authentication>password-cleartext</authentication>",
    kind: str = "imap",
) -> str:
    return (
        f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType><username>{user}</username>{way}</incomingServer>"
    )


def autoconfig(net: Domains, body: bytes) -> None:
    net.site("autoconfig.work.test", {"/mail/config-v1.1.xml": Reply(200, body)})


# -- mail by the DNS ---------------------------------------------------------------------------------------------


def test_the_dns_names_the_mail_server_and_nobody_else_is_asked(net: Domains) -> None:
    net.srv("_imaps._tcp.work.test", "0 1 993 IMAP.work.test.")
    assert find(net) == FoundServer(
        kind="imap",
        host="imap.work.test",
        port=993,
        security="tls",
        by="srv",
        place="_imaps._tcp.work.test",
        within_domain=True,
    )
    assert net.questions == ["SRV _imaps._tcp.work.test"]
    assert net.asked == []


def test_the_lowest_priority_comes_first_and_then_the_greatest_weight(net: Domains) -> None:
    net.srv(
        "_imaps._tcp.work.test", "20 9 993 last.work.test.", "10 1 993 light.work.test.", "10 5 9930 heavy.work.test."
    )
    found = find(net)
    assert (found.host, found.port) == ("heavy.work.test", 9930)


def test_starttls_is_taken_where_nothing_is_within_tls(net: Domains) -> None:
    net.srv("_imaps._tcp.work.test", "0 0 0 .")
    net.srv("_imap._tcp.work.test", "0 1 143 imap.work.test.")
    found = find(net)
    assert (found.host, found.port, found.security) == ("imap.work.test", 143, "starttls")


def test_a_domain_that_has_no_imap_is_asked_no_further(net: Domains) -> None:
    net.srv("_imaps._tcp.work.test", "0 0 0 .")
    autoconfig(net, config(server()))
    assert trouble(net).splitlines()[0] == "the DNS of work.test says that it has no mail"
    assert net.asked == []


def test_no_imap_without_tls_says_nothing_about_one_within(net: Domains) -> None:
    net.srv("_imap._tcp.work.test", "0 0 0 .")
    autoconfig(net, config(server()))
    assert find(net).by == "autoconfig"


def test_a_server_in_another_domain_is_marked(net: Domains) -> None:
    net.srv("_imaps._tcp.work.test", "0 1 993 imap.hoster.test.")
    assert not find(net).within_domain
    net.srv("_imaps._tcp.work.test", "0 1 993 imap.notwork.test.")
    assert not find(net).within_domain


def test_an_alias_of_a_service_is_followed(net: Domains) -> None:
    net.records["_imaps._tcp.work.test", "CNAME"] = ["_imaps._tcp.hoster.test."]
    net.srv("_imaps._tcp.hoster.test", "0 1 993 imap.hoster.test.")
    found = find(net)
    assert (found.host, found.within_domain, found.place) == ("imap.hoster.test", False, "_imaps._tcp.work.test")


def test_an_answer_too_long_for_one_packet_is_asked_for_again(net: Domains) -> None:
    net.srv("_imaps._tcp.work.test", *(f"{number} 1 993 imap{number}.work.test." for number in range(100, 200)))
    net.faults["_imaps._tcp.work.test"] = TRUNCATED
    assert find(net).host.endswith(".work.test")


@pytest.mark.parametrize(
    "record",
    [
        r"0 1 993 imap\027[31m.work.test.",
        r"0 1 993 a\032b.work.test.",
        r"0 1 993 a\010b.work.test.",
        "0 1 993 under_score.work.test.",
        "0 1 993 -x.work.test.",
        "0 1 993 127.0.0.1.",
        "0 1 993 localhost.",
        "0 1 0 imap.work.test.",
    ],
)
def test_a_target_that_can_be_no_server_is_not_taken(net: Domains, record: str) -> None:
    net.srv("_imaps._tcp.work.test", record)
    told = trouble(net)
    assert "which no server can be" in told
    assert told.replace("\n", "").isprintable()
    net.srv("_imaps._tcp.work.test", record, "9 1 993 imap.work.test.")
    assert find(net).host == "imap.work.test"


def test_an_internationalised_domain_is_asked_for_in_its_ascii_form(net: Domains) -> None:
    net.srv("_imaps._tcp.xn--bcher-kva.test", "0 1 993 imap.xn--bcher-kva.test.")
    found = find(net, address="ada@bücher.test")
    assert (found.host, found.within_domain) == ("imap.xn--bcher-kva.test", True)


@pytest.mark.parametrize("address", ["ada@localhost", "ada@-x.test", "ada@" + "x" * 64 + ".test", "ada@xn--ü.test"])
def test_what_is_no_domain_is_not_asked(address: str) -> None:
    assert discovery.plan("imap", address) is None


# -- mail by autoconfig ------------------------------------------------------------------------------------------


def test_autoconfig_of_the_domain_is_asked_where_the_dns_is_silent_about_it(net: Domains) -> None:
    autoconfig(net, config(server("pop.work.test", kind="pop3"), server(user="%EMAILLOCALPART%")))
    found = find(net)
    assert (found.host, found.port, found.security, found.user) == ("imap.work.test", 993, "tls", "ada")
    assert (found.by, found.place) == ("autoconfig", "https://autoconfig.work.test/mail/config-v1.1.xml")
    assert [one.path for one in net.asked] == ["/mail/config-v1.1.xml?emailaddress=ada%40work.test"]


def test_its_second_place_is_not_told_the_address(net: Domains) -> None:
    net.site("work.test", {"/.well-known/autoconfig/mail/config-v1.1.xml": Reply(200, config(server()))})
    assert find(net).place == "https://work.test/.well-known/autoconfig/mail/config-v1.1.xml"
    assert not any("ada" in one.path for one in net.asked)


def test_the_best_of_several_servers_is_taken(net: Domains) -> None:
    oauth = "<authentication>OAuth2</authentication>"
    autoconfig(
        net,
        config(
            server("plain.work.test", "143", "plain"),
            server("token.work.test", way=oauth),
            server("kerberos.work.test", way="<authentication>GSSAPI</authentication>"),
            server("later.work.test", "143", "STARTTLS"),
            server("best.work.test", way=oauth + "<authentication>password-encrypted</authentication>"),
        ),
    )
    found = find(net)
    assert (found.host, found.security, found.auth, found.user) == ("best.work.test", "tls", None, None)


def test_a_server_that_takes_tokens_only_says_so(net: Domains) -> None:
    autoconfig(net, config(server(way="<authentication>OAuth2</authentication>")))
    assert find(net).auth == "xoauth2"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><p>Welcome<br></html>", "it is no configuration"),
        (b"<html/>", "it is no configuration"),
        (b"", "it is no configuration"),
        (b"\xff\xfe\x00", "it is no configuration"),
        (b'<?xml version="1.0" encoding="nonsense"?><clientConfig/>', "it is no configuration"),
        (b"<clientConfig/>", "it names no IMAP server"),
        (config(server(kind="pop3")), "it names no IMAP server"),
        (config(server(security="plain")), "its IMAP servers"),
        (config(server(host="evil.test/x")), "its IMAP servers"),
        (config(server(host="a b.test")), "its IMAP servers"),
        (config(server(port="0")), "its IMAP servers"),
        (config(server(port="65536")), "its IMAP servers"),
        (config(server(port="-993")), "its IMAP servers"),
        (config(server(user="a&#10;b")), "its IMAP servers"),
        (config(server(user="x" * 300)), "its IMAP servers"),
        (config(server(way="<authentication>GSSAPI</authentication>")), "its IMAP servers"),
        (
            b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + config(server(host="&b;.work.test")),
            "it is no configuration (DTDForbidden)",
        ),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + config(server()), "it is no configuration (DTDForbidden)"),
        (b"<clientConfig>" + b" " * 300_000 + b"</clientConfig>", "it answers more than 256 KB"),
        (b"<a>" * 80_000, "it is no configuration"),
    ],
)
def test_a_bad_configuration_is_no_server_and_says_why(net: Domains, body: bytes, reason: str) -> None:
    autoconfig(net, body)
    told = trouble(net)
    assert f"https://autoconfig.work.test/mail/config-v1.1.xml: {reason}" in told
    assert "https://work.test/.well-known/autoconfig/mail/config-v1.1.xml: " in told


def test_redirects_are_followed_within_the_domain_only(net: Domains) -> None:
    net.site("www.work.test", {"/c.xml": Reply(200, config(server()))})
    net.site("autoconfig.work.test", lambda _: Reply(301, location="https://www.work.test/c.xml"))
    assert find(net).host == "imap.work.test"
    net.site("hoster.test", {"/c.xml": Reply(200, config(server()))})
    net.site("autoconfig.work.test", lambda _: Reply(302, location="https://hoster.test/c.xml?x"))
    net.site("www.work.test", {})
    assert "refers to https://hoster.test/c.xml?x, which is no https" in trouble(net)
    net.site("autoconfig.work.test", lambda _: Reply(302, location="//hoster.test/c.xml"))
    assert "it refers to https://hoster.test/c.xml, which was not asked" in trouble(net)
    assert not any(one.host == "hoster.test" for one in net.asked)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://work.test/c.xml", "it refers to http://work.test/c.xml, which is no https"),
        ("https://work.test:0/", "which is no https"),
        ("https://ada@work.test/", "which is no https"),
        ("https://[x/", "it refers to https://[x/, which is no https"),
        ("/mail/config-v1.1.xml", "it refers from one place to another without end"),
    ],
)
def test_a_redirect_that_leads_nowhere_ends(net: Domains, location: str, reason: str) -> None:
    net.site("autoconfig.work.test", lambda _: Reply(302, location=location))
    assert reason in trouble(net)


def test_who_is_not_trusted_or_takes_no_connection_is_named(net: Domains) -> None:
    net.site("autoconfig.work.test", {"/mail/config-v1.1.xml": Reply(200, config(server()))}, trusted=False)
    net.refusing("work.test")
    told = trouble(net)
    assert "https://autoconfig.work.test/mail/config-v1.1.xml: its certificate is not trusted" in told
    assert "https://work.test/.well-known/autoconfig/mail/config-v1.1.xml: Connection refused" in told


def test_nothing_of_netrc_is_sent(net: Domains, home: Path) -> None:
    (home / ".netrc").write_text("machine autoconfig.work.test login ada password hidden\n")
    autoconfig(net, config(server()))
    find(net)
    assert "Authorization" not in net.asked[0].headers


# -- calendars and address books ---------------------------------------------------------------------------------


def there(asked: Asked) -> Reply:
    """Calendars that want a password before they say anything."""
    return Reply(401) if asked.path in ("/dav/", "/.well-known/caldav", "/.well-known/carddav") else Reply(404)


def test_the_dns_names_server_port_and_path(net: Domains) -> None:
    net.srv("_caldavs._tcp.work.test", "0 1 8443 cal.work.test.")
    net.txt("_caldavs._tcp.work.test", '"PATH=/dav/"')
    net.site("cal.work.test", there, 8443)
    found = find(net, "caldav")
    assert (found.url, found.by, found.place) == ("https://cal.work.test:8443/dav/", "srv", "_caldavs._tcp.work.test")
    assert net.questions == ["SRV _caldavs._tcp.work.test", "TXT _caldavs._tcp.work.test"]
    assert [(one.method, one.path) for one in net.asked] == [("PROPFIND", "/dav/")]


def test_without_a_path_the_well_known_place_leads_to_it(net: Domains) -> None:
    net.srv("_carddavs._tcp.work.test", "0 1 443 cards.work.test.")
    net.site("cards.work.test", lambda asked: Reply(301, location="/dav/") if "well" in asked.path else there(asked))
    found = find(net, "carddav")
    assert (found.url, found.by) == ("https://cards.work.test/dav/", "well-known")
    assert found.place == "https://cards.work.test/.well-known/carddav"


def test_a_path_that_is_not_there_gives_way_to_the_well_known_place(net: Domains) -> None:
    net.srv("_caldavs._tcp.work.test", "0 1 443 cal.work.test.")
    net.txt("_caldavs._tcp.work.test", '"path=/old/"')
    net.site("cal.work.test", lambda asked: Reply(307, location="/dav/") if "well" in asked.path else there(asked))
    assert find(net, "caldav").url == "https://cal.work.test/dav/"


@pytest.mark.parametrize(
    "path", ['"path=//evil.test/"', '"path=dav"', r'"path=/a\010b"', '"path=/a?b"', '"other=/dav/"']
)
def test_a_path_that_is_none_is_not_taken(net: Domains, path: str) -> None:
    net.srv("_caldavs._tcp.work.test", "0 1 443 cal.work.test.")
    net.txt("_caldavs._tcp.work.test", path)
    net.site("cal.work.test", there)
    assert find(net, "caldav").url == "https://cal.work.test/", "the login begins at the well-known place"


def test_without_records_the_domain_itself_is_asked(net: Domains) -> None:
    net.site("work.test", lambda _: Reply(308, location="https://cloud.work.test/remote.php/dav"))
    net.site("cloud.work.test", {"/remote.php/dav": Reply(401)})
    found = find(net, "caldav")
    assert (found.url, found.within_domain) == ("https://cloud.work.test/remote.php/dav", True)


def test_a_host_out_of_the_domain_is_told_and_not_asked(net: Domains) -> None:
    net.site("work.test", lambda _: Reply(301, location="https://dav.hoster.test/dav/"))
    net.site("dav.hoster.test", there)
    found = find(net, "caldav")
    assert (found.url, found.within_domain, found.by) == ("https://dav.hoster.test/dav/", False, "well-known")
    net.srv("_carddavs._tcp.work.test", "0 1 443 dav.hoster.test.")
    net.txt("_carddavs._tcp.work.test", '"path=/dav/"')
    found = find(net, "carddav")
    assert (found.url, found.within_domain, found.by) == ("https://dav.hoster.test/dav/", False, "srv")
    assert {one.host for one in net.asked} == {"work.test"}


def test_the_next_server_is_tried_where_one_does_not_answer(net: Domains) -> None:
    net.srv("_caldavs._tcp.work.test", "1 1 443 down.work.test.", "2 1 443 up.work.test.")
    net.refusing("down.work.test")
    net.site("up.work.test", there)
    assert find(net, "caldav").host == "up.work.test"


def test_what_the_dns_names_is_believed_where_it_says_nothing_before_the_login(net: Domains) -> None:
    net.srv("_caldavs._tcp.work.test", "0 1 443 cal.work.test.")
    net.txt("_caldavs._tcp.work.test", '"path=/dav/"')
    net.site("cal.work.test", lambda _: Reply(403))
    assert find(net, "caldav").url == "https://cal.work.test/dav/"


def test_a_domain_without_calendars_is_not_asked_for_them(net: Domains) -> None:
    net.srv("_caldavs._tcp.work.test", "0 0 0 .")
    net.site("work.test", there)
    assert trouble(net, "caldav").splitlines()[0] == "the DNS of work.test says that it has no calendars"
    assert net.asked == []


def test_a_site_like_any_other_has_no_calendars(net: Domains) -> None:
    net.site("work.test", lambda asked: Reply(405) if asked.path == "/" else Reply(301, location="/"))
    assert trouble(net, "caldav").splitlines() == [
        "work.test does not say where its calendars are (https://work.test/: it answers 405)",
        "_caldavs._tcp.work.test: no record",
        "https://work.test/: it answers 405",
    ]
    assert "_caldav._tcp.work.test" not in " ".join(net.questions), "it would be without TLS"


# -- names -------------------------------------------------------------------------------------------------------


@given(st.text() | st.from_regex(r"[a-z0-9.\-_%\\:/@ü]{1,30}", fullmatch=True))
def test_a_host_is_letters_digits_and_hyphens_or_none(text: str) -> None:
    host = names.host(text)
    assert host is None or re.fullmatch(r"[a-z0-9.-]{3,253}", host)
    if host is not None:
        assert names.host(host) == host
        assert names.https(f"https://{host}/") == (host, 443, "/")


@given(st.text() | st.from_regex(r"https://[a-z.@:0-9\[\]]{1,12}[/a-z?#%\\ ü]{0,9}", fullmatch=True))
def test_a_url_names_the_host_that_is_asked_or_is_none(text: str) -> None:
    found = names.https(text)
    if found is not None:
        url = names.url(*found)
        assert names.https(url) == found
        assert url.isascii()
        assert url.isprintable()
        assert urlsplit(url).hostname == found[0]
        assert urlsplit(urljoin("https://other.test/", url)).hostname == found[0]


@given(st.text() | st.from_regex(r"/[!-~]{0,9}", fullmatch=True))
def test_a_path_cannot_name_another_host(text: str) -> None:
    path = names.path(text)
    if path is not None:
        assert urlsplit(f"https://work.test{path}").path == path
        assert urlsplit(urljoin("https://work.test/x", path)).netloc == "work.test"


@given(st.binary(max_size=400) | st.text(alphabet="<>/clientConfgmaPrvd\"'&;! []", max_size=80).map(str.encode))
def test_a_configuration_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        _autoconfig.imap(body, ADDRESS, "work.test")


# -- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [SILENT, GARBAGE])
@pytest.mark.parametrize("kind", ["imap", "caldav"])
def test_a_dns_that_does_not_answer_is_not_waited_for(net: Domains, kind: ServerType, fault: str) -> None:
    net.faults |= dict.fromkeys(["_imaps._tcp.work.test", "_caldavs._tcp.work.test"], fault)
    begun = time.monotonic()
    with pytest.raises(NetworkError, match="the DNS does not answer: _"):
        find(net, kind)
    assert time.monotonic() - begun < QUICK.total + 2, "it is bounded, whatever the machine is busy with"
    assert net.asked == []


@pytest.mark.parametrize("fault", [SERVFAIL, LOOP])
def test_a_dns_that_fails_is_told_and_the_rest_is_asked(net: Domains, fault: str) -> None:
    net.faults |= dict.fromkeys(["_imaps._tcp.work.test", "_imap._tcp.work.test"], fault)
    assert "the DNS fails at _imaps._tcp.work.test" in trouble(net)
    autoconfig(net, config(server()))
    assert find(net).by == "autoconfig"


@pytest.mark.parametrize("reply", [Reply(200, drip=0.2), Reply(301, location="/x", drip=0.2)])
def test_a_host_that_never_ends_is_not_waited_for(net: Domains, reply: Reply) -> None:
    net.site("autoconfig.work.test", lambda _: reply)
    net.site("work.test", lambda _: reply)
    begun = time.monotonic()
    assert "it does not answer" in trouble(net)
    assert time.monotonic() - begun < QUICK.total + 5


def test_an_answer_that_is_broken_is_none(net: Domains) -> None:
    net.site("autoconfig.work.test", lambda _: Reply(200, config(server()), broken=True))
    net.site("work.test", lambda _: Reply(200, config(server()), broken=True))
    assert "https://autoconfig.work.test/mail/config-v1.1.xml: " in trouble(net)
    assert "https://work.test/.well-known/caldav: " in trouble(net, "caldav")
    autoconfig(net, config(server())[:-20])
    assert "it is no configuration (ParseError)" in trouble(net)


def test_certificates_that_are_none_are_an_answer_as_well(net: Domains, tmp_path: Path) -> None:
    net.site("autoconfig.work.test", {})
    net.ca_file = tmp_path / "none.pem"
    assert "No such file or directory" in trouble(net)


def test_what_a_server_says_is_told_without_control_characters(net: Domains) -> None:
    net.site("autoconfig.work.test", lambda _: Reply(302, location="http://x/\x1b[31m\x9b"))
    assert trouble(net).replace("\n", "").isprintable()


def test_all_that_can_be_asked_is_in_the_plan(net: Domains) -> None:
    """What the owner agrees to is all that happens."""
    for kind in ("imap", "caldav", "carddav"):
        plan: Any = discovery.plan(kind, ADDRESS)
        net.questions.clear()
        net.asked.clear()
        for host in ("work.test", "autoconfig.work.test"):
            net.site(host, {})
        trouble(net, kind)
        assert [one.partition(" ")[2] for one in net.questions] == list(plan.services)
        assert [f"https://{one.host}{one.path}" for one in net.asked] == [url.replace("@", "%40") for url in plan.urls]
