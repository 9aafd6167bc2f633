"""`dex account add` finds the server of a domain: asked or told to, shown before it is written, to the first sync."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dexcli.config import accounts
from support import dav_servers, servers
from support.calendars import calendar, event
from support.domains import Domains, Reply, domains
from support.program import Dex, Terminal
from support.servers import PASSWORD

ASKED = """\
dex does not know where work.test has its mail. It would ask:
  DNS    _imaps._tcp.work.test, _imap._tcp.work.test (of your resolver)
  https  where that says nothing: autoconfig.work.test, which is told
         me@work.test, then work.test
They may refer to hosts in work.test; nobody outside it is asked, and no
password is sent.
Ask them? [y/N] """
FOUND = """\
dex: found imap.work.test, port 993, TLS, named by the DNS
     (_imaps._tcp.work.test)
"""
WRITTEN = '[accounts.work-test]\ntype = "imap"\naddress = "me@work.test"\nhost = "imap.work.test"\n'


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Domains]:
    """A network of invented domains; `env=net.environment()` lets a program find them."""
    with domains(tmp_path) as known:
        yield known


@pytest.fixture
def work(net: Domains) -> Domains:
    """A domain that names its mail server."""
    net.srv("_imaps._tcp.work.test", "0 1 993 imap.work.test.")
    return net


@pytest.fixture
def hosted(net: Domains) -> Domains:
    """A domain that names a mail server of somebody else."""
    net.srv("_imaps._tcp.work.test", "0 1 993 imap.fastmail.com.")
    return net


@pytest.fixture
def config(home: Path) -> Path:
    """The configuration file, which is not there yet."""
    return home / ".config/dexcli/config.toml"


# -- consent -----------------------------------------------------------------------------------------------------


def test_on_a_terminal_one_question_names_everybody_who_would_be_asked(
    work: Domains, terminal: Terminal, config: Path
) -> None:
    shown = terminal("account", "add", "me@work.test", keys="y\n", env=work.environment())
    assert shown.code == 0
    assert ASKED + FOUND + " added account work-test: me@work.test at imap.work.test; the address" in shown.text
    assert config.read_text() == WRITTEN
    assert work.questions == ["SRV _imaps._tcp.work.test"]


@pytest.mark.parametrize("keys", ["n\n", "\n", "\x04", "yo\n"])
def test_without_a_yes_nothing_leaves_the_machine(work: Domains, terminal: Terminal, config: Path, keys: str) -> None:
    shown = terminal("account", "add", "me@work.test", keys=keys, after="[y/N]", env=work.environment())
    assert shown.code == 2
    assert "name it: --host imap.example.org" in shown.text
    assert (work.questions, work.asked, config.exists()) == ([], [], False)


def test_calendars_are_asked_for_without_saying_who_one_is(net: Domains, terminal: Terminal) -> None:
    shown = terminal("account", "add", "me@work.test", "--type", "caldav", keys="n\n", env=net.environment())
    assert (
        "dex does not know where work.test has its calendars. It would ask:\n"
        "  DNS    _caldavs._tcp.work.test (of your resolver)\n"
        "  https  work.test, or the host in it that the DNS names\n"
    ) in shown.text


def test_a_script_asks_nobody_unless_it_is_told_to(work: Domains, dex: Dex, config: Path) -> None:
    ran = dex("account", "add", "me@work.test", "--json", env=work.environment())
    assert ran.code == 2
    assert ran.error["message"] == "the account work-test has no host, and the server of work.test is not known"
    assert ran.error["hint"].endswith("dex account add --discover asks the domain for it")
    assert (work.questions, config.exists()) == ([], False)
    ran = dex("account", "add", "me@work.test", "--type", "carddav", "--json", env=work.environment())
    assert ran.error["hint"].endswith("dex account add --discover asks the domain for it")
    ran = dex("account", "add", "me@work.test", "--discover", "--json", env=work.environment())
    assert ran.code == 0, ran.err
    assert ran.err == "dex: found imap.work.test, port 993, TLS, named by the DNS (_imaps._tcp.work.test)\n"
    assert ran.json["data"]["found"] == {
        "kind": "imap",
        "host": "imap.work.test",
        "port": 993,
        "security": "tls",
        "url": None,
        "user": None,
        "auth": None,
        "by": "srv",
        "place": "_imaps._tcp.work.test",
        "within_domain": True,
    }
    assert config.read_text() == WRITTEN


def test_told_to_on_a_terminal_it_asks_no_question(work: Domains, terminal: Terminal) -> None:
    shown = terminal("account", "add", "me@work.test", "--discover", env=work.environment())
    assert shown.code == 0
    assert "[y/N]" not in shown.text
    assert FOUND in shown.text


def test_a_dry_run_shows_what_was_found_and_writes_nothing(work: Domains, dex: Dex, home: Path, config: Path) -> None:
    ran = dex("account", "add", "me@work.test", "--discover", "--dry-run", env=work.environment())
    assert ran.code == 0
    assert "found imap.work.test, port 993" in ran.err
    assert "found.place\t_imaps._tcp.work.test\n" in ran.out
    assert not config.exists()
    assert not (home / ".local/share/dexcli/dex.db").exists()


def test_who_is_known_or_told_is_not_asked_for(net: Domains, dex: Dex, terminal: Terminal) -> None:
    env = net.environment()
    known = dex("account", "add", "ada@gmail.com", "--discover", "--json", env=env)
    assert known.json["data"]["found"] is None
    assert terminal("account", "add", "me@work.test", "--host", "imap.work.test", env=env).code == 0
    assert net.questions == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "x.test"], "--discover finds a server, and --host says where it is"),
        (["--port", "993"], "--discover finds a server, and --port says where it is"),
        (["--type", "caldav", "--url", "https://x.test"], "--discover finds a server, and --url says where it is"),
        (["--type", "vdir", "--path", "x"], "--discover finds a server, and --type vdir says where it is"),
        (["--auth", "kerberos"], "account work-test.auth is 'kerberos', not password or xoauth2 or oauthbearer"),
    ],
)
def test_what_is_wrong_anyway_is_told_before_anybody_is_asked(
    work: Domains, dex: Dex, options: list[str], message: str
) -> None:
    ran = dex("account", "add", "me@work.test", "--discover", *options, "--json", env=work.environment())
    assert ran.code == 2
    assert message in ran.error["message"]
    assert work.questions == []


def test_a_folder_of_nobodys_is_not_discovered(dex: Dex) -> None:
    ran = dex("account", "add", "contacts", "--type", "vdir", "--path", "x", "--discover", "--json")
    assert (ran.code, ran.error["message"]) == (2, "--discover finds a server, and --type vdir says where it is")
    assert dex("account", "add", "contacts", "--type", "vdir", "--path", ".").code == 0


def test_an_address_without_a_domain_that_could_be_asked(net: Domains, dex: Dex, terminal: Terminal) -> None:
    ran = dex("account", "add", "me@localhost", "--discover", "--json", env=net.environment())
    assert (ran.code, ran.error["message"]) == (2, "localhost is no domain that could be asked")
    shown = terminal("account", "add", "me@localhost", env=net.environment())
    assert (shown.code, "[y/N]" in shown.text) == (2, False)


def test_the_other_forms_take_no_such_option(dex: Dex) -> None:
    ran = dex("account", "list", "--discover", "--json")
    assert (ran.code, ran.error["message"]) == (2, "dex account list takes no such options")


# -- what lies in another domain ---------------------------------------------------------------------------------


def test_a_server_out_of_the_domain_needs_a_yes_of_its_own(hosted: Domains, terminal: Terminal, config: Path) -> None:
    shown = terminal("account", "add", "me@work.test", keys="y\nn\n", env=hosted.environment())
    assert shown.code == 130
    assert (
        "imap.fastmail.com (Fastmail) is outside the domain of the address. Whoever can\n"
        "forge what that domain says could have named it, and it will get your password.\n"
        "Use it? [y/N] dex: no account was added\n"
        "     once you know that it is your server: dex account add work-test\n"
        "     me@work.test --host imap.fastmail.com\n"
    ) in shown.text
    assert not config.exists()
    shown = terminal("account", "add", "me@work.test", "--discover", keys="y\n", env=hosted.environment())
    assert shown.code == 0
    assert accounts.find(config, "work-test").host == "imap.fastmail.com"


def test_in_a_script_it_has_to_be_typed(net: Domains, dex: Dex, config: Path) -> None:
    net.srv("_imap._tcp.work.test", "0 1 1143 imap.hoster.test.")
    net.srv("_caldavs._tcp.work.test", "0 1 443 dav.hoster.test.")
    net.txt("_caldavs._tcp.work.test", '"path=/it\'s/&c;/"')
    env = net.environment()
    for dry in ([], ["--dry-run"]):
        ran = dex("account", "add", "me@work.test", "--discover", "--json", *dry, env=env)
        assert (ran.code, ran.error["code"], ran.out) == (2, "unconfirmed", "")
    assert ran.error["message"].startswith("imap.hoster.test is not in work.test: ")
    assert ran.error["hint"] == (
        "if it is your server: dex account add work-test me@work.test --host imap.hoster.test --security starttls"
        " --port 1143"
    )
    ran = dex("account", "add", "me@work.test", "--type", "caldav", "--discover", env=env)
    assert ran.code == 2
    assert """--type caldav --url 'https://dav.hoster.test/it'"'"'s/&c;/'\n""" in ran.err
    assert not config.exists()


# -- what goes wrong ---------------------------------------------------------------------------------------------


def test_where_nothing_was_found_a_sentence_says_so_and_what_to_type_instead(net: Domains, dex: Dex) -> None:
    net.site("work.test", {})
    ran = dex("account", "add", "me@work.test", "--discover", env=net.environment())
    assert (ran.code, ran.out) == (6, "")
    why = "https://work.test/.well-known/autoconfig/mail/config-v1.1.xml: it answers 404"
    assert ran.err == (
        f"dex: work.test does not say where its mail is ({why})\n"
        "     name the server yourself: dex account add me@work.test --host imap.example.org\n"
    )
    told = dex("account", "add", "me@work.test", "--discover", "-v", env=net.environment()).err.splitlines()
    assert [line for line in told if " file" not in line and "settings" not in line][:4] == [
        "dex: _imaps._tcp.work.test: no record",
        "dex: _imap._tcp.work.test: no record",
        "dex: https://autoconfig.work.test/mail/config-v1.1.xml: Name or service not known",
        f"dex: {why}",
    ], "place by place for whoever wants to know"


@pytest.mark.parametrize("kind", ["imap", "caldav", "carddav"])
def test_without_a_network_one_sentence_says_what_to_type_instead(net: Domains, dex: Dex, kind: str) -> None:
    ran = dex("account", "add", "me@work.test", "--discover", "--type", kind, "--json", env=net.environment())
    what = {"imap": "mail is", "caldav": "calendars are", "carddav": "address books are"}[kind]
    where = "--host imap.example.org" if kind == "imap" else f"--type {kind} --url https://cloud.example.org/"
    assert (ran.code, ran.error["code"]) == (6, "network")
    assert ran.error["message"] == f"nobody at work.test answers where its {what}"
    assert ran.error["hint"] == (
        "is the network up? Otherwise name the server yourself: dex account add me@work.test " + where
    )


def test_hostile_answers_reach_neither_screen_nor_file(net: Domains, terminal: Terminal, config: Path) -> None:
    net.srv("_imaps._tcp.work.test", r"0 1 993 \027]0;x\007imap.work.test.")
    net.site("autoconfig.work.test", lambda _: Reply(302, location="http://x/\x1b]0;x\x07"))
    shown = terminal("account", "add", "me@work.test", "--discover", env={**net.environment(), "NO_COLOR": "1"})
    assert shown.code == 6
    assert "\x1b" not in shown.raw
    assert "\x07" not in shown.raw
    assert not config.exists()


# -- to the first sync -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["caldav", "carddav"])
def test_from_an_address_to_the_first_sync(
    net: Domains, dex: Dex, radicale: dav_servers.DavServer, config: Path, kind: str
) -> None:
    user = radicale.user("cal.test")
    net.srv(f"_{kind}s._tcp.cal.test", "0 1 8443 dav.cal.test.")
    net.front("dav.cal.test", 8443, radicale.port)
    if kind == "caldav":
        path = radicale.calendar(user)
        radicale.put(user, f"{path}1.ics", calendar(event("uid-1", organizer=user)))
    else:
        path = radicale.book(user)
        card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada Lovelace\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n"
        radicale.put(user, f"{path}1.vcf", card)
    env = {**net.environment(), "DEXCLI_PASSWORD_CAL": PASSWORD}
    ran = dex("account", "add", "cal", user, "--type", kind, "--discover", "--json", env=env)
    assert ran.code == 0, ran.err
    found = ran.json["data"]["found"]
    assert (found["host"], found["port"], found["within_domain"]) == ("dav.cal.test", 8443, True)
    assert accounts.find(config, "cal").url.startswith("https://dav.cal.test:8443/")
    refused = dex("account", "test", "cal", env={**env, "DEXCLI_PASSWORD_CAL": "wrong"})
    assert refused.code == 6
    assert f"is the user right (some servers know you as {user.partition('@')[0]} alone)?" in refused.err
    assert dex("account", "test", "cal", env=env).code == 0
    ran = dex("sync", "--json", env=env)
    assert ran.code == 0, ran.err
    report = ran.json["data"]["report"]
    assert (report["people"]["added"], report["interactions"]["added"]) == ((0, 1) if kind == "caldav" else (1, 0))


def test_mail_from_an_address_to_a_login(net: Domains, dex: Dex, mail_server: servers.MailServer) -> None:
    user = mail_server.user()
    configuration = (
        '<clientConfig version="1.1"><emailProvider id="mail.test"><incomingServer type="imap"><hostname>'
        f"mx.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType><username>{user}</username>"
        "<authentication>password-cleartext</authentication></incomingServer></emailProvider></clientConfig>"
    )
    net.site("autoconfig.mail.test", {"/mail/config-v1.1.xml": Reply(200, configuration.encode())})
    net.front("mx.mail.test", 993, mail_server.port)
    env = {**net.environment(), "DEXCLI_PASSWORD_MAIL_TEST": PASSWORD}
    ran = dex("account", "add", "me@mail.test", "--discover", env=env)
    assert ran.code == 0, ran.err
    assert f"found mx.mail.test, port 993, TLS, user {user}, named by https://autoconfig.mail.test/" in ran.err
    ran = dex("account", "test", "mail-test", env=env)
    assert ran.code == 0, ran.err
    assert "INBOX" in ran.out
