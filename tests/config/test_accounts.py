"""Accounts in the configuration file: read strictly, written and removed with everything else as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dexcli.config import accounts, accounts_file, settings
from dexcli.errors import LockedError, NotFoundError, UsageError

HAND_WRITTEN = """\
# My settings.
[due]
lead = 3  # days

# The old one.
[accounts.home]
type = "imap"
address = "ada@example.org"   # since 2004
host = "imap.example.org"
password_command = [
    "pass", "show",
    "mail",
]

# Where I live.
[phone]
region = "GB"

[accounts.work]
type = "imap"
address = "ada@icloud.com"
# The end.
"""

GMAIL = 'type = "imap"\naddress = "ada@gmail.com"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file that somebody has written by hand."""
    path = tmp_path / "config.toml"
    path.write_text(HAND_WRITTEN)
    return path


def table(config: Path, *lines: str, name: str = "home") -> accounts.Account:
    """The account that a table of these lines makes, beside type and address where it does not say them."""
    said = "\n".join(lines)
    for key, value in {"type": "imap", "address": "ada@example.org", "host": "imap.example.org"}.items():
        if not any(line.startswith(f"{key} ") for line in lines):
            said += f'\n{key} = "{value}"'
    config.write_text(f"[accounts.{name}]\n{said}\n")
    return accounts.find(config, name)


def test_what_the_file_leaves_out_is_filled_in(config: Path) -> None:
    home, work = accounts.load(config)
    assert (home.name, home.host, home.port, home.security, home.user) == (
        *("home", "imap.example.org", 993, "tls", "ada@example.org"),
    )
    assert (home.auth, home.password_command, home.token_command) == ("password", ("pass", "show", "mail"), ())
    assert (home.folders, home.store_bodies, home.since, home.ca_file) == ((), False, None, None)
    assert (work.host, work.port, work.user) == ("imap.mail.me.com", 993, "ada")


def test_everything_can_be_said(config: Path, home: Path) -> None:
    account = table(
        config,
        *(
            'address = "ada@gmail.com"',
            'host = "127.0.0.1"',
            "port = 1143",
            'security = "none"',
            'ca_file = "~/ca.pem"',
        ),
        *('user = "ada"', 'auth = "oauthbearer"', 'token_command = ["oama", "access"]', 'folders = ["INBOX", "Sent"]'),
        *("store_bodies = true", "since = 2015-01-01"),
    )
    assert account == accounts.Account(
        name="home",
        type="imap",
        address="ada@gmail.com",
        host="127.0.0.1",
        port=1143,
        security="none",
        ca_file=str(home / "ca.pem"),
        user="ada",
        auth="oauthbearer",
        password_command=(),
        token_command=("oama", "access"),
        folders=("INBOX", "Sent"),
        store_bodies=True,
        since=date(2015, 1, 1),
    )


def test_a_token_command_means_xoauth2_unless_told(config: Path) -> None:
    assert table(config, 'token_command = ["oama"]').auth == "xoauth2"
    assert table(config, 'address = "ada@outlook.com"', 'host = "outlook.office365.com"').auth == "xoauth2"
    assert table(config, 'host = "outlook.office365.com"').auth == "xoauth2"
    assert table(config, 'host = "outlook.office365.com"', 'password_command = ["pass"]').auth == "password"


def test_starttls_has_its_own_port(config: Path) -> None:
    assert table(config, 'security = "starttls"').port == 143


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ('adress = "x"', "no key 'adress'", "did you mean address?"),
        ('colour = "x"', "no key 'colour'", "known keys: type, address"),
        ('password = "hunter2"', "no secret belongs into this file", "use password_command, the environment"),
        ('token = "hunter2"', "no secret belongs into this file", "use token_command"),
        ("password_command = \"pass show 'my mail'\"", "is a text, not a list", '["pass", "show", "my mail"]'),
        ('password_command = "pass \'show"', "is a text, not a list", '["pass", "\'show"]'),
        ("password_command = []", "is [], not a list of texts", "a program that prints the password"),
        ('password_command = ["pass", 1]', "not a list of texts", "a program that prints the password"),
        ("port = 0", "is 0, not a number", "from 1 to 65535"),
        ("port = true", "is True, not a number", "from 1 to 65535"),
        ('port = "993"', "is '993', not a number", "from 1 to 65535"),
        ('security = "ssl"', "is 'ssl', not tls or starttls or none", "none only to this machine"),
        ('security = "none"', "without security only to this machine", "tls, or starttls"),
        ('auth = "login"', "is 'login', not password or xoauth2 or oauthbearer", "default: password"),
        ('auth = "password"\ntoken_command = ["oama"]', "a token_command is for xoauth2", "take auth = password out"),
        ('auth = "xoauth2"\npassword_command = ["pass"]', "takes a token, not a password", "token_command"),
        ('token_command = ["a"]\npassword_command = ["b"]', "password_command and a token_command", "keep one"),
        ('host = "imaps://imap.example.org"', "not the name of a server", "port is a key of its own"),
        ('host = "imap.example.org:993"', "not the name of a server", "port is a key of its own"),
        ('folders = "INBOX"', "not a list of texts", "names of folders"),
        ("store_bodies = 1", "is 1, not true or false", "whether texts are kept"),
        ('since = "2015-01-01"', "not a day such as 2015-01-01", "how far back"),
        ("since = 2015-01-01T00:00:00Z", "not a day such as 2015-01-01", "how far back"),
        ('type = "imp"', "is 'imp', not imap or caldav or carddav or vdir", "what it is"),
        ('address = ""', "is '', not a text", "the e-mail address"),
        ('address = "me at nowhere"', ".address is 'me at nowhere', not an e-mail address", "such as ada@example.org"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_file_key_and_remedy(
    config: Path, line: str, said: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        table(config, *line.split("\n"))
    assert caught.value.message.startswith(f"{config}: accounts.home")
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accounts = 1", "accounts is no table"),
        ("[accounts]\nhome = 1", "accounts.home is no table"),
        ('[accounts."my mail"]\ntype = "imap"', "'my mail' is no name of an account"),
        ('[accounts.a]\naddress = "x@gmail.com"', "accounts.a has no type"),
        ('[accounts.a]\ntype = "imap"', "accounts.a has no address"),
        ('[accounts.a]\ntype = "imap"\naddress = "x@example.org"', "the server of example.org is not known"),
        (
            "[accounts.a-b]\n" + GMAIL + "[accounts.a_b]\n" + GMAIL,
            "a-b and a_b would both have DEXCLI_PASSWORD_A_B",
        ),
    ],
)
def test_a_table_that_says_too_little_is_an_error(config: Path, text: str, said: str) -> None:
    config.write_text(text)
    with pytest.raises(UsageError) as caught:
        accounts.load(config)
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("written", "address", "user"),
    [
        ("Me@xn--bcher-kva.Example", "me@bücher.example", "Me@xn--bcher-kva.Example"),
        ("Ada <Ada@example.org>", "ada@example.org", "ada@example.org"),
    ],
)
def test_an_address_is_read_as_in_mail_and_the_server_gets_it_as_written(
    config: Path, written: str, address: str, user: str
) -> None:
    account = table(config, f'address = "{written}"')
    assert (account.address, account.user) == (address, user)


def test_an_account_that_is_not_there_has_a_near_one(config: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        accounts.find(config, "hom")
    assert caught.value.hint == "did you mean home?"
    with pytest.raises(NotFoundError) as caught:
        accounts.find(config.with_name("none.toml"), "home")
    assert caught.value.hint == "dex account add ADDRESS adds one"


def test_adding_and_removing_leaves_the_file_as_it_was(config: Path) -> None:
    values = {"type": "imap", "address": "ada@gmail.com", "folders": ["INBOX"], "since": date(2020, 1, 1)}
    accounts_file.add(config, "gmail", values)
    text = config.read_text()
    assert text.startswith(HAND_WRITTEN)
    assert [one.name for one in accounts.load(config)] == ["home", "work", "gmail"]
    assert accounts.find(config, "gmail").since == date(2020, 1, 1)
    accounts_file.remove(config, "gmail")
    assert config.read_text().rstrip() == HAND_WRITTEN.rstrip()


def test_removing_takes_the_keys_and_leaves_every_comment_beside_them(config: Path) -> None:
    accounts_file.remove(config, "home")
    assert config.read_text() == HAND_WRITTEN.replace(
        HAND_WRITTEN[HAND_WRITTEN.index("[accounts.home]") : HAND_WRITTEN.index("\n# Where")], ""
    )
    accounts_file.remove(config, "work")
    assert "# The end." in config.read_text()
    assert settings.load(config) == settings.Settings(due_lead=3, phone_region="GB")
    assert accounts.load(config) == []


@pytest.mark.parametrize(
    "text",
    [
        '[accounts]\nhome = {type = "imap", address = "ada@gmail.com"}\nwork = {type = "imap", address = "ada@me.com"}',
        'accounts.home.type="imap"\naccounts.home.address="ada@gmail.com"\naccounts.work={type="imap",address="a@me.com"}',
        f'[accounts]\n[accounts."home"]\n{GMAIL}[accounts.work]\n{GMAIL}',
    ],
)
def test_accounts_in_other_forms_are_removed_too(config: Path, text: str) -> None:
    config.write_text(text)
    accounts_file.remove(config, "home")
    assert [one.name for one in accounts.load(config)] == ["work"]


@pytest.mark.parametrize(
    "after",
    [
        "  [policy]\n  cc = false\n\n  # Notice.\n  [due]\n  lead = 3\n",
        "\t[due]\n\tlead = 3\n",
        "[due]\nlead = 3\n  [accounts.work]\n  type = 'imap'\n  address = 'ada@me.com'\n",
    ],
)
def test_removing_leaves_the_tables_behind_it_however_they_are_indented(config: Path, after: str) -> None:
    config.write_text(f"# Mine.\n[accounts.home]\n{GMAIL}{after}")
    accounts_file.remove(config, "home")
    assert config.read_text() == f"# Mine.\n{after}"


def test_what_looks_like_a_table_within_a_text_is_none(config: Path) -> None:
    config.write_text(f'[phone]\nregion = "GB"\n[accounts.home]\n{GMAIL}user = """\n[due]\nlead = 9\n# """\n')
    accounts_file.remove(config, "home")
    assert settings.load(config) == settings.Settings(phone_region="GB")
    text = f'[me]\nnames = ["""\n[accounts.home]\n""", "Ada"]\n[due]\nlead = 3\n[accounts.home]\n{GMAIL}'
    config.write_text(text)
    accounts_file.remove(config, "home")
    assert settings.load(config) == settings.Settings(me_names=("[accounts.home]\n", "Ada"), due_lead=3)


def test_a_form_that_cannot_be_added_to_is_left_alone(config: Path) -> None:
    text = 'accounts = {home = {type = "imap", address = "ada@gmail.com"}}\n'
    config.write_text(text)
    with pytest.raises(UsageError, match="in a way that dex cannot change") as caught:
        accounts_file.add(config, "work", {"type": "imap", "address": "ada@me.com"})
    assert caught.value.hint == "edit the file"
    assert config.read_text() == text


def test_a_new_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    accounts_file.add(path, "gmail", {"type": "imap", "address": "ada@gmail.com"})
    assert path.read_text() == '[accounts.gmail]\ntype = "imap"\naddress = "ada@gmail.com"\n'
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_the_other_settings_are_read_and_written_beside_accounts(config: Path) -> None:
    assert settings.load(config).due_lead == 3
    settings.write(config, {"due.lead": 5})
    assert config.read_text() == HAND_WRITTEN.replace("lead = 3", "lead = 5")
    with pytest.raises(UsageError, match="belongs to an account"):
        raise settings.unknown_key("accounts.home.host")


def test_a_file_that_another_run_is_changing_is_waited_for(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SECONDS_TO_WAIT", 0.0)
    with settings.alone(config):
        with pytest.raises(LockedError, match="is being changed by another run of dex"), settings.alone(config):
            pytest.fail("two at once")
        assert accounts.find(config, "home").name == "home"  # who only reads does not wait
        settings.replace(config, HAND_WRITTEN)
    with settings.alone(config):
        pass
