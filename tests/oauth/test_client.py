"""What a server that grants tokens may answer: every bad answer is an error in words, in time, and without a secret."""

from __future__ import annotations

import contextlib
import json
import pickle
import socket
import traceback
from collections.abc import Iterator
from threading import Thread
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexcli.errors import CredentialsError, NetworkError, ServerError
from dexcli.oauth import client as oauth
from dexcli.oauth.client import LONGEST_LIFE, UNTOLD_LIFE, OAuthClient, Patience, RefusedError, Tokens
from support.authorization import CLIENT, SECRET, AuthorizationServer, Reply, authorization_server
from support.servers import free_ports

REFRESH = "refresh-secret-of-ada"
QUICK = Patience(connect=2, read=2, answer=3)


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with authorization_server() as running:
        running.valid.add(REFRESH)
        yield running


def client_of(server: AuthorizationServer, **said: Any) -> OAuthClient:
    """A client of that server."""
    urls = {key.removeprefix("oauth_"): value for key, value in server.account().items()}
    return OAuthClient(account="work", **{**urls, **said})


def renewed(server: AuthorizationServer, secret: str | None = None, **said: Any) -> Tokens:
    return oauth.renew(client_of(server, **said), secret, REFRESH, QUICK)


def refused(server: AuthorizationServer, reply: Reply, secret: str | None = None) -> ServerError:
    """The error that an answer becomes; neither it nor its traceback shows what nobody may see."""
    server.script = lambda _: reply
    with pytest.raises(ServerError) as caught:
        renewed(server, secret)
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value.hint)
    assert REFRESH not in told
    assert secret is None or secret not in told
    assert caught.value.message.startswith("127.0.0.1:")
    return caught.value


def test_a_token_is_renewed(server: AuthorizationServer) -> None:
    got = renewed(server)
    assert (got.access, got.life, got.refresh) == ("access-1", 3600.0, None)
    assert server.asked[0].fields == {
        "grant_type": "refresh_token", "refresh_token": REFRESH, "client_id": CLIENT,
    }  # fmt: skip
    server.rotates = True
    assert renewed(server).refresh == "refresh-1"


def test_a_client_with_a_secret_says_it_in_the_header_or_in_the_form(server: AuthorizationServer) -> None:
    server.secret = SECRET
    renewed(server, SECRET)
    renewed(server, SECRET, secret_in_body=True)
    header, form = server.asked
    assert ("client_secret" in header.fields, "client_id" in header.fields) == (False, False)
    assert header.headers["Authorization"].startswith("Basic ")
    assert (form.fields["client_secret"], form.fields["client_id"]) == (SECRET, CLIENT)
    assert "Authorization" not in form.headers


def test_no_netrc_says_who_we_are(server: AuthorizationServer, home: Any) -> None:
    (home / ".netrc").write_text("machine 127.0.0.1 login eve password gothic\n")
    renewed(server)
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("code", ["invalid_grant", "interaction_required", "consent_required"])
def test_a_login_that_is_over_names_the_command_to_run(server: AuthorizationServer, code: str) -> None:
    error = refused(server, Reply(400, {"error": code, "error_description": f"gone: {REFRESH}\x1b[31m\nreally"}))
    assert type(error) is CredentialsError
    assert error.message.endswith(": the login of account work has expired or was taken back: gone: *** [31m really")
    assert error.hint == "log in again: dex account login work"


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (Reply(401, {"error": "invalid_client"}), CredentialsError, "does not take the client of account work"),
        (Reply(400, {"error": "unauthorized_client"}), CredentialsError, "does not take the client"),
        (Reply(400, {"error": "invalid_scope"}), CredentialsError, "does not grant account work what it asks for"),
        (Reply(200, {"error": "invalid_grant"}), CredentialsError, "has expired or was taken back"),
        (Reply(400, {"error": "my_own_error", "error_description": 7}), ServerError, "(my_own_error)"),
        (Reply(503, "<html>"), NetworkError, "answers 503"),
        (Reply(400, {"error": "temporarily_unavailable"}), NetworkError, "answers 400 temporarily_unavailable"),
        (Reply(429, "slow"), NetworkError, "is busy"),
        (Reply(404, "nothing"), ServerError, "answers 404, and nothing that helps"),
        (Reply(302, "", {"Location": "http://127.0.0.1:1/"}), ServerError, "answers 302, and nothing that helps"),
        (Reply(302, b" " * 70_000, {"Location": "http://127.0.0.1:1/"}), ServerError, "more than 64 KiB"),
        (Reply(400, {"error": ""}), ServerError, "answers 400"),
        (Reply(200, "<html>"), ServerError, "makes no sense: no JSON"),
        (Reply(200, b"\xff\xfe\x00"), ServerError, "makes no sense: no JSON"),
        (Reply(200, "access_token=a&token_type=bearer"), ServerError, "makes no sense: no JSON"),
        (Reply(200, "[1, 2]"), ServerError, "makes no sense: no JSON"),
        (Reply(200, '{"a":' * 50_00), ServerError, "makes no sense: no JSON"),
        (Reply(200, {}), ServerError, "no access token"),
        (Reply(200, {"access_token": ""}), ServerError, "no access token"),
        (Reply(200, {"access_token": 7}), ServerError, "no access token"),
        (Reply(200, {"access_token": "a\r\nX: y"}), ServerError, "no access token"),
        (Reply(200, {"access_token": "a b"}), ServerError, "no access token"),
        (Reply(200, {"access_token": "ä"}), ServerError, "no access token"),
        (Reply(200, {"access_token": "a" * 20_000}), ServerError, "no access token"),
        (Reply(200, {"access_token": "a", "refresh_token": ["b"]}), ServerError, "no refresh token"),
        (Reply(200, {"access_token": "a", "token_type": "mac"}), ServerError, "of a kind that is not bearer"),
        (Reply(200, b" " * 70_000), ServerError, "makes no sense: more than 64 KiB"),
    ],
)
def test_a_bad_answer_is_an_error_in_words(
    server: AuthorizationServer, reply: Reply, kind: type[ServerError], told: str
) -> None:
    error = refused(server, reply, SECRET)
    assert type(error) is kind
    assert told in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("said", "life"),
    [
        (3600, 3600.0), ("3600", 3600.0), (0, 0.0), (-5, 0.0), (1e99, LONGEST_LIFE), (10**400, UNTOLD_LIFE),
        ("soon", UNTOLD_LIFE), (None, UNTOLD_LIFE), ([], UNTOLD_LIFE), ("nan", UNTOLD_LIFE), ("inf", LONGEST_LIFE),
    ],
)  # fmt: skip
def test_how_long_a_token_lives_is_bounded_whatever_is_said(said: Any, life: float) -> None:
    client = OAuthClient(account="work", client_id="x", token_url="https://example.org/", scope="")  # noqa: S106
    assert oauth.tokens_of(client, {"access_token": "a", "expires_in": said}).life == life


def test_servers_that_are_not_there_hang_up_or_never_end_are_network_failures() -> None:
    (free,) = free_ports(1)
    for script, told in (
        (None, "Connection refused"),
        (b"", "it hung up"),
        (b"HTTP/1.1 200 OK\r\n\r\n{", ""),
    ):
        with _saying(script) as port:
            client = OAuthClient(
                account="work", client_id="x", token_url=f"http://127.0.0.1:{port or free}/token", scope=""
            )
            with pytest.raises(NetworkError) as caught:
                oauth.renew(client, None, REFRESH, QUICK)
            assert told in caught.value.message
            assert "object at 0x" not in caught.value.message


class _saying:  # noqa: N801 - used as a statement
    """A server that says a little and then a byte a second, or hangs up; none at all for None."""

    def __init__(self, words: bytes | None) -> None:
        self._words = words

    def __enter__(self) -> int | None:
        if self._words is None:
            return None
        self._listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        if self._words is not None:
            self._listener.close()

    def _serve(self) -> None:
        import time

        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            if not self._words:
                return
            try:
                connection.sendall(self._words)
                for _ in range(20):
                    connection.sendall(b" ")
                    time.sleep(0.5)
            except OSError:
                pass


def test_a_server_without_a_certificate_that_is_trusted_is_told_nothing(tmp_path: Any) -> None:
    import ssl

    import trustme

    authority, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    authority.cert_pem.write_to_path(str(tmp_path / "right.pem"))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(3):
                try:
                    with context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                        said = b""
                        while REFRESH.encode() not in said:
                            said += connection.recv(65_536)
                        heard.append(said)
                        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"access_token":"a"}')
                except OSError:
                    pass

        Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/token"
        for ca_file in (None, str(tmp_path / "other.pem")):
            client = OAuthClient(account="work", client_id="x", token_url=url, scope="", ca_file=ca_file)
            with pytest.raises(NetworkError, match="its certificate is not trusted"):
                oauth.renew(client, SECRET, REFRESH, QUICK)
        assert heard == []
        client = OAuthClient(
            account="work", client_id="x", token_url=url, scope="", ca_file=str(tmp_path / "right.pem")
        )
        assert oauth.renew(client, SECRET, REFRESH, QUICK).access == "a"
        assert len(heard) == 1


def test_tokens_are_neither_shown_nor_written() -> None:
    tokens = Tokens(access="a-secret", life=1.0, refresh="b-secret", scope=None)
    assert "secret" not in repr(tokens)
    with pytest.raises(TypeError):
        pickle.dumps(tokens)
    with pytest.raises((TypeError, NotImplementedError)):
        msgspec.json.encode(tokens)


def test_a_login_is_taken_back(server: AuthorizationServer) -> None:
    oauth.revoke(client_of(server), None, REFRESH, QUICK)
    assert server.asked[0].fields == {"token": REFRESH, "token_type_hint": "refresh_token", "client_id": CLIENT}
    assert server.valid == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("access_token", "token_type", "refresh_token", "expires_in", "scope", "error", "error_description")


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from([200, 201, 204, 400, 401, 403, 500]))
def test_whatever_is_said_is_tokens_or_an_error_in_words(said: dict[str, Any], status: int) -> None:
    client = OAuthClient(account="work", client_id="x", token_url="https://example.org/", scope="")  # noqa: S106
    text = json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        got = oauth.tokens_of(client, oauth._read("example.org", status, text, (REFRESH,), empty=False))
    except (ServerError, RefusedError) as error:
        words = error.message if isinstance(error, ServerError) else error.code + error.said
        assert words.isprintable()
    else:
        assert got.access.isascii()
        assert got.access.isprintable()
        assert 0 <= got.life <= LONGEST_LIFE


@given(st.binary(max_size=200), st.integers(100, 599), st.booleans())
def test_whatever_bytes_come_are_an_object_or_an_error(text: bytes, status: int, empty: bool) -> None:
    with contextlib.suppress(ServerError, RefusedError):
        assert isinstance(oauth._read("example.org", status, text, (), empty=empty), dict)
