"""A login by a browser: what comes back, what else knocks at the port, and what is pasted instead."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.errors import CredentialsError, DexError, ServerError, UsageError
from dexcli.oauth import browser
from dexcli.oauth.client import OAuthClient, Patience, Tokens
from support.authorization import SECRET, AuthorizationServer, Reply, authorization_server
from support.servers import free_ports

QUICK = Patience(connect=2, read=2, answer=3, login=8)
"""A connection that says nothing is given up after ten seconds."""


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with authorization_server() as running:
        yield running


class Paste:
    """Where lines can be pasted, as a terminal is."""

    def __init__(self) -> None:
        self._here, self._there = os.pipe()
        self.was_refused = Event()

    def fileno(self) -> int:
        return self._here

    def read(self) -> list[str] | None:
        data = os.read(self._here, 65_536)
        return data.decode().splitlines() or None

    def paste(self, text: str) -> None:
        os.write(self._there, text.encode() + b"\n")

    def paste_in_vain(self, text: str) -> None:
        """Paste what is no answer, and wait to be told so."""
        self.was_refused.clear()
        self.paste(text)
        assert self.was_refused.wait(10)

    def end(self) -> None:
        os.close(self._there)


def log_in(
    server: AuthorizationServer,
    user: Callable[[str, str], Any],
    *,
    paste: Paste | None = None,
    secret: str | None = None,
    patience: Patience = QUICK,
    at_once: bool = False,
    **said: Any,
) -> tuple[Tokens, list[str]]:
    """Log in while `user` is shown the page, or before anything waits; also every line that was pasted and refused."""
    refused: list[str] = []

    def refuse(other: str) -> None:
        refused.append(other)
        if paste is not None:
            paste.was_refused.set()

    def show(page: str, back: str, _: float) -> None:
        if at_once:
            user(page, back)
        else:
            Thread(target=user, args=(page, back), daemon=True).start()

    urls = {key.removeprefix("oauth_"): value for key, value in server.account().items()}
    tokens = browser.log_in(
        OAuthClient(account="work", **{**urls, **said}),
        secret,
        show=show,
        pasted=paste,
        refused=refuse,
        patience=patience,
    )
    return tokens, refused


def agree(page: str, _back: str) -> None:
    urlopen(page, timeout=5).read()  # noqa: S310 - on this machine


def address(page: str) -> str:
    """Where a browser would be sent back to, without going there."""

    parts = urlsplit(page)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", f"{parts.path}?{parts.query}")
    found = connection.getresponse().headers["Location"]
    connection.close()
    assert found
    return str(found)


def status(url: str, method: str = "GET") -> int:
    request = Request(url, method=method)  # noqa: S310 - on this machine
    try:
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - likewise
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except OSError:  # it hung up on us
        return 499


def test_who_agrees_is_logged_in(server: AuthorizationServer) -> None:
    server.secret = SECRET
    got, _ = log_in(server, agree, secret=SECRET, login_hint="ada@example.org", parameters=(("prompt", "consent"),))
    assert (got.access, got.refresh) == ("access-1", "refresh-2")
    asked = server.asked[0].fields
    assert (asked["scope"], asked["login_hint"], asked["prompt"]) == (
        "mail offline_access",
        "ada@example.org",
        "consent",
    )
    assert len(asked["state"]) == 43
    assert len(asked["code_challenge"]) == 43
    assert "client_secret" not in asked
    assert SECRET not in str(asked)


def test_no_two_logins_ask_with_the_same_words(server: AuthorizationServer) -> None:
    for _ in range(2):
        log_in(server, agree)
    first, second = (one.fields for one in server.asked if one.path == "/authorize")
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_who_is_quicker_than_the_waiting_is_logged_in(server: AuthorizationServer) -> None:
    tokens, _ = log_in(server, agree, at_once=True)
    assert tokens.access


def test_who_denies_is_not(server: AuthorizationServer) -> None:
    server.denies = True
    with pytest.raises(CredentialsError) as caught:
        log_in(server, agree)
    assert caught.value.message.endswith("the login of account work was denied: The user said no")
    assert server.tokens() == []


def test_a_code_that_is_not_taken_is_no_login(server: AuthorizationServer) -> None:
    server.script = lambda asked: Reply(400, {"error": "invalid_grant"}) if asked.path == "/token" else None
    with pytest.raises(CredentialsError, match="has expired or was taken back"):
        log_in(server, agree)


def test_the_page_that_the_browser_ends_at_says_nothing_of_what_it_was_sent(server: AuthorizationServer) -> None:
    ended: list[tuple[str, dict[str, str]]] = []

    def user(page: str, _back: str) -> None:
        with urlopen(page, timeout=5) as answer:  # noqa: S310 - on this machine
            ended.append((answer.read().decode(), dict(answer.headers)))

    log_in(server, user)
    text, headers = ended[0]
    assert text == "dex has its answer. You can close this window and go back to the terminal.\n"
    assert "code" not in str(headers)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Python" not in headers["Server"]


def test_whatever_else_knocks_is_refused_and_the_waiting_goes_on(server: AuthorizationServer) -> None:
    seen: list[tuple[str, int]] = []

    def user(page: str, back: str) -> None:
        state = parse_qs(urlsplit(page).query)["state"][0]
        targets = (
            "favicon.ico",
            "",
            "?code=stolen",
            "?code=stolen&state=guessed",
            "?error=access_denied&state=guessed",
            f"?state={state}",
            f"?code=&state={state}",
            f"?code=a&code=b&state={state}",
            f"?code=a&error=b&state={state}",
            f"?code=a&state={state}&state={state}",
            f"?code=a&state={state}%00",
            f"?code=a&state=%ff{state}",
            f"other?code=a&state={state}",
            "?" + "&".join(f"a{number}=b" for number in range(100)) + f"&code=a&state={state}",
            "?code=" + "a" * 20_000 + f"&state={state}",
        )
        seen.extend((target, status(back + target)) for target in targets)
        methods = ("POST", "HEAD", "PUT", "DELETE", "OPTIONS")
        seen.extend((method, status(f"{back}?code=a&state={state}", method)) for method in methods)
        port = urlsplit(back).port
        for line in (b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"A" * 100_000 + b"\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection, contextlib.suppress(OSError):
                connection.sendall(line)
                answer = connection.recv(65_536)
                seen.append((repr(line[:20]), int(answer.split()[1]) if answer.startswith(b"HTTP") else 400))
        agree(page, back)

    got, _ = log_in(server, user, patience=Patience(connect=2, read=2, answer=3, login=20))
    assert got.access == "access-1"
    assert [one for one in seen if not 400 <= one[1] < 500] == []
    assert len(seen) >= 20


def test_connections_that_say_nothing_are_in_nobodys_way(server: AuthorizationServer) -> None:
    held: list[socket.socket] = []

    def user(page: str, back: str) -> None:
        held.extend(socket.create_connection(("127.0.0.1", urlsplit(back).port), timeout=5) for _ in range(10))
        agree(page, back)

    assert log_in(server, user)[0].access == "access-1", "before any of them is given up"
    for one in held:
        one.close()


def test_the_port_is_closed_when_it_is_over(server: AuthorizationServer) -> None:
    ports: list[int] = []

    def user(page: str, back: str) -> None:
        ports.append(urlsplit(back).port or 0)
        agree(page, back)

    log_in(server, user)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]), timeout=2)


def test_the_port_is_open_to_this_machine_only(server: AuthorizationServer) -> None:
    bound: list[str] = []

    def user(page: str, back: str) -> None:
        with open("/proc/net/tcp") as table:  # noqa: PTH123 - of the kernel
            wanted = f"{urlsplit(back).port:04X}"
            bound.extend(line.split()[1] for line in table if line.split()[1].endswith(f":{wanted}") and " 0A " in line)
        agree(page, back)

    if not os.path.exists("/proc/net/tcp"):  # noqa: PTH110 - likewise
        pytest.skip("there is no /proc/net/tcp to look into")
    log_in(server, user)
    assert [one.partition(":")[0] for one in bound] == ["0100007F"]


def test_a_port_that_is_taken_is_named(server: AuthorizationServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DexError) as caught:
            log_in(server, agree, redirect_port=port)
    assert caught.value.message == f"port {port} of this machine cannot be opened: another program has it"
    assert "--port N" in (caught.value.hint or "")
    assert server.asked == []


def test_a_port_that_is_said_is_used(server: AuthorizationServer) -> None:
    (port,) = free_ports(1)
    backs: list[str] = []

    def user(page: str, back: str) -> None:
        backs.append(back)
        agree(page, back)

    log_in(server, user, redirect_port=port, redirect_host="localhost", redirect_path="")
    assert backs == [f"http://localhost:{port}"]
    assert server.tokens()[0].fields["redirect_uri"] == backs[0]


def test_nobody_who_comes_is_an_error_after_a_while(server: AuthorizationServer) -> None:
    with pytest.raises(DexError) as caught:
        log_in(server, lambda *_: None, patience=Patience(login=0.3))
    assert caught.value.code == "timeout"
    assert caught.value.hint == "dex account login work starts again"


def test_the_address_can_be_pasted(server: AuthorizationServer) -> None:
    paste = Paste()

    def user(page: str, back: str) -> None:
        found = address(page)
        paste.paste_in_vain("what?")
        paste.paste("")
        paste.paste_in_vain(back)
        paste.paste_in_vain(f"{back}?code=a&state=of-another")
        paste.paste_in_vain(f"{back}?error=access_denied&state=of-another")
        paste.paste(f"  '{found}' ")

    got, refused = log_in(server, user, paste=paste)
    assert got.access == "access-1"
    assert refused == ["no address with a code and a state in it"] * 2 + ["the address of another login"] * 2


def test_what_is_pasted_together_is_refused_once_and_an_answer_in_it_is_found(server: AuthorizationServer) -> None:
    paste = Paste()

    def user(page: str, _back: str) -> None:
        paste.paste_in_vain("one\ntwo\nthree")
        paste.paste(f"look:\n{address(page)}\n")

    got, refused = log_in(server, user, paste=paste)
    assert (got.access, len(refused)) == ("access-1", 1)


@pytest.mark.parametrize("state", [True, False])
def test_who_denies_on_another_machine_pastes_the_address_and_is_done(server: AuthorizationServer, state: bool) -> None:
    """Some servers leave the state out where they say no."""
    server.denies = True
    paste = Paste()

    def user(page: str, _back: str) -> None:
        found = address(page)
        paste.paste(found if state else found.partition("&state=")[0])

    with pytest.raises(CredentialsError) as caught:
        log_in(server, user, paste=paste)
    assert caught.value.message.endswith("the login of account work was denied: The user said no")
    assert caught.value.hint == "try again: dex account login work"


def test_rubbish_is_asked_about_a_few_times_and_no_more(server: AuthorizationServer) -> None:
    paste = Paste()

    def user(_page: str, back: str) -> None:
        for _ in range(4):
            paste.paste_in_vain("ls -l")
        paste.paste(f"{back}?code=a&state=of-another")

    with pytest.raises(UsageError) as caught:
        log_in(server, user, paste=paste)
    assert caught.value.message == "what was pasted is the address of another login, the 5th time"
    assert (caught.value.hint or "").startswith("dex account login work starts again")
    assert server.tokens() == []


def test_who_cannot_paste_any_more_can_still_come_by_browser(server: AuthorizationServer) -> None:
    paste = Paste()

    def user(page: str, back: str) -> None:
        paste.end()
        agree(page, back)

    assert log_in(server, user, paste=paste)[0].access == "access-1"


def test_of_a_pasted_address_only_what_was_asked_for_matters(server: AuthorizationServer) -> None:
    """Its host may be any: a browser that cannot open an address may have searched for it."""
    paste = Paste()
    got, refused = log_in(
        server, lambda page, _: paste.paste(urlsplit(address(page)).query.join(["x?", ""])), paste=paste
    )
    assert (got.access, refused) == ("access-1", [])


def test_an_answer_that_oauthlib_does_not_take_is_an_error_too(server: AuthorizationServer) -> None:
    paste = Paste()

    def user(page: str, _back: str) -> None:
        state = parse_qs(urlsplit(page).query)["state"][0]
        paste.paste(f"?state={state}&error=%1b[31mweird&error_description=%0a%07look+{state}")

    with pytest.raises(ServerError) as caught:
        log_in(server, user, paste=paste)
    assert caught.value.message.isprintable()
    assert caught.value.message.endswith("([31mweird): look ***")


@given(st.text(max_size=200), st.sampled_from(["", "state=s&", "state=s&code=", "&error=", "code=a&state=s"]))
def test_whatever_query_comes_is_judged(query: str, known: str) -> None:
    good = browser._is_answer(known + query, "s" * 43)
    assert not good, "nobody guesses the state"
