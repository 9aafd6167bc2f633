"""`dex account`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from dexcli.cli import consent
from dexcli.cli.context import Dex
from dexcli.cli.login import OAuthDialogue, said_by_a_program
from dexcli.domain import account_types
from dexcli.domain.account_types import TYPES, AccountType
from dexcli.errors import ExitCode, UsageError
from dexcli.services import accounts

FORMS = "list, add [NAME] ADDRESS, test [NAME], login NAME, logout NAME, remove NAME"


def account(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[list/add/test/login/logout/remove] [NAME] [ADDRESS]")
    ] = None,
    kind: Annotated[str, typer.Option("--type", metavar="/".join(TYPES), help="imap unless told.")] = "imap",
    host: Annotated[str | None, typer.Option(metavar="SERVER", help="The great providers' are known.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Of calendars or address books; likewise.")] = None,
    path: Annotated[Path | None, typer.Option(metavar="DIR", help="Of a folder of .vcf and .ics (vdir).")] = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="Of the server; with login, of this machine.")] = None,
    security: Annotated[str | None, typer.Option(metavar="tls/starttls/none", help="none: this machine only.")] = None,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="If the server wants another than ADDRESS.")] = None,
    auth: Annotated[
        str | None, typer.Option(metavar="HOW", help="password, xoauth2, oauthbearer; digest, bearer.")
    ] = None,
    password_command: Annotated[str | None, typer.Option(metavar="COMMAND", help="It prints the password.")] = None,
    token_command: Annotated[str | None, typer.Option(metavar="COMMAND", help="It prints an access token.")] = None,
    folder: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="To read only these: folders, calendars or books.")
    ] = None,
    store_bodies: Annotated[bool, typer.Option("--store-bodies", help="Keep the texts of mails too.")] = False,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="The first sync reads nothing older.")] = None,
    ca_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Trust the certificates in it.")] = None,
    discover: Annotated[bool, typer.Option("--discover", help="Ask the domain of ADDRESS for its server.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if somebody has the address.")] = False,
    oauth_client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Your own client of OAuth: login gets its tokens.")
    ] = None,
    oauth_authorize_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of a server of your own, as the three below.")
    ] = None,
    oauth_token_url: Annotated[str | None, typer.Option(metavar="URL", help="Where it grants tokens.")] = None,
    oauth_device_url: Annotated[str | None, typer.Option(metavar="URL", help="For login --device.")] = None,
    oauth_revoke_url: Annotated[str | None, typer.Option(metavar="URL", help="For logout.")] = None,
    oauth_scope: Annotated[str | None, typer.Option(metavar="WORDS", help="What login asks for there.")] = None,
    oauth_redirect_port: Annotated[
        int | None, typer.Option(metavar="N", help="The port that your client is registered with.")
    ] = None,
    device: Annotated[bool, typer.Option("--device", help="login: with a code, on another device.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="login: show the address only.")] = False,
    store: Annotated[
        str | None, typer.Option(metavar="keyring/file", help="login: where it is kept; the keyring if there is one.")
    ] = None,
    client_secret: Annotated[
        bool, typer.Option("--client-secret", help="login: ask for the secret of your client.")
    ] = False,
) -> None:
    r"""Accounts to read from: mail, calendars, address books, and folders that other programs keep in sync.

    No password is written anywhere but into your keyring, and that only by login.

    The password comes from a command, else DEXCLI_PASSWORD_NAME, else the keyring, else you are asked.

    A server that is not known is asked for, by DNS and https, only with --discover or when you say yes.

    With a client of OAuth, login opens your browser, and takes the address at which it ended if that is elsewhere.

    \b
    Examples:
      dex account add ada@gmail.com --password-command "pass show gmail"
      dex account add work ada@example.org --host imap.example.org
      dex account add me@example.org --type caldav --url https://x.example.org
      dex account add me@example.org --discover
      dex account add contacts --type vdir --path ~/.contacts
      dex account add ada@outlook.com --oauth-client-id ID
      dex account login outlook --device
      dex account test gmail
      dex account remove gmail
    """
    dex = Dex.of(ctx)
    given: dict[str, object] = {
        "host": host,
        "url": url,
        "path": None if path is None else str(path.expanduser().absolute()),
        "port": port,
        "security": security,
        "user": user,
        "auth": auth,
        "password_command": _words("password", password_command),
        "token_command": _words("token", token_command),
        (account_types.parts_key(_type(kind)) or "folders"): folder or None,
        "store_bodies": store_bodies or None,
        "since": since,
        "ca_file": ca_file,
        "oauth_client_id": oauth_client_id,
        "oauth_authorize_url": oauth_authorize_url,
        "oauth_token_url": oauth_token_url,
        "oauth_device_url": oauth_device_url,
        "oauth_revoke_url": oauth_revoke_url,
        "oauth_scope": oauth_scope,
        "oauth_redirect_port": oauth_redirect_port,
    }
    given = {key: value for key, value in given.items() if value is not None}
    of_login = device or no_browser or client_secret or store is not None
    match words or ["list"]:
        case [verb, *_] if verb != "login" and of_login:
            raise UsageError(f"dex account {verb} takes no such options", hint="they belong to dex account login")
        case ["add", *words_of_it] if 1 <= len(words_of_it) <= 2:  # noqa: PLR2004 - a name and an address
            call = dex.call()
            if since is not None:
                given["since"] = call.read_date(since, "past")
            if ca_file is not None:
                given["ca_file"] = _certificates(ca_file)
            name, address = _whose(words_of_it, _type(kind))
            result = accounts.add(
                *(dex.writing, call, dex.config, name, address, given, os.environ),
                kind=_type(kind),
                force=force,
                consent=consent.of(dex, chosen=discover),
            )
            dex.show(result)
        case ["login", name] if not (given.keys() - {"port"} or force or discover or kind != "imap"):
            with OAuthDialogue(dex.ask_secret, browser=not no_browser) as dialogue:
                dex.show(
                    accounts.login(
                        dex.config,
                        name,
                        dex.ask_secret or said_by_a_program,
                        os.environ,
                        dialogue=dialogue,
                        by_device=device,
                        port=port,
                        store=_store(store),
                        ask_for_client_secret=client_secret,
                        dry_run=_dry(dex),
                    )
                )
        case [verb, *_] if verb != "add" and (given or force or discover or kind != "imap"):
            raise UsageError(f"dex account {verb} takes no such options", hint="they belong to dex account add")
        case ["list"]:
            with dex.reading() as conn:
                dex.show(accounts.list_all(conn, dex.config, os.environ))
        case ["test", *names] if len(names) <= 1:
            tests = accounts.test(dex.config, names[0] if names else None, os.environ, dex.ask_secret)
            dex.show(tests)
            if any(one.error for one in tests.accounts):
                raise typer.Exit(ExitCode.PARTIAL)
        case ["logout", name]:
            dex.show(accounts.logout(dex.config, name, os.environ, dry_run=_dry(dex)))
        case ["remove", name]:
            dex.show(accounts.remove(dex.reading, dex.writing, dex.config, name, os.environ, dry_run=_dry(dex)))
        case told:
            raise UsageError(f"dex account does not know {' '.join(told)!r}", hint=FORMS)


def _type(told: str) -> AccountType:
    if not account_types.is_type(told):
        raise UsageError(f"--type is {told!r}, not {' or '.join(TYPES)}", hint="imap is mail")
    return told


def _whose(words: list[str], kind: AccountType) -> tuple[str | None, str | None]:
    """The name of a new account, and the address of its owner: a folder needs none."""
    if len(words) > 1:
        return words[0], words[1]
    if not account_types.is_server(kind) and "@" not in words[0]:
        return words[0], None
    return None, words[0]


def _store(told: str | None) -> Literal["keyring", "file"] | None:
    match told:
        case None | "keyring" | "file":
            return told
    raise UsageError(f"--store is {told!r}, not keyring or file", hint="default: the keyring, where there is one")


def _dry(dex: Dex) -> bool:
    return bool(dex.shared.dry_run)


def _words(kind: str, command: str | None) -> list[str] | None:
    """A command as the words that are run: no shell reads it later."""
    import shlex

    if command is None:
        return None
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--{kind}-command has an open quote: {command!r}", hint="close it") from error
    if not words:
        raise UsageError(f"--{kind}-command is empty", hint="name a program that prints it")
    return words


def _certificates(file: Path) -> str:
    file = file.expanduser().absolute()
    if not file.is_file():
        raise UsageError(f"there is no file {file}", hint="--ca-file names one with certificates")
    return str(file)
