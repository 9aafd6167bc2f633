"""`dex account`: its options; what each verb does with them is in a module of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dexcli.cli.commands.account import verbs
from dexcli.cli.context import Dex
from dexcli.domain.account_types import TYPES


def account(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar=f"[{'/'.join(verbs.VERBS)}] [NAME] [ADDRESS]")] = None,
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
    options = {name: value for name, value in locals().items() if name not in ("ctx", "words")}
    said = {name: value for name, value in options.items() if value is not None and value is not False and value != []}
    if kind == "imap":  # as where nothing is said
        del said["kind"]
    verbs.run(Dex.of(ctx), words or [], said)
