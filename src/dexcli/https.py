"""Connections by HTTP that trust what the system trusts, whatever the library would, and why one fails, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    import requests


def adapter(context: ssl.SSLContext) -> Any:
    """What a session of requests has to mount for `https://`, in order to verify certificates by this context."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options, ssl_context=context)

        def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
            """The context knows whom to trust; requests would have the list of its own."""

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
            pool.pop("ca_certs", None)
            pool["ssl_context"] = context
            return host, pool

    return Adapter()


def unled_session() -> requests.Session:
    """A session that is led nowhere: of a redirect that nobody follows, requests would still read all there is."""
    import requests

    class Session(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:
            """None, whatever the answer says."""

    return Session()


def failure(error: BaseException) -> str:
    """What went wrong with a connection, in few words of the system's or ours; the text of an answer is not repeated.

    requests wraps the reason several times, and the request around it.
    """
    seen = error
    for _ in range(10):
        inner = getattr(seen, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((one for one in seen.args if isinstance(one, BaseException)), seen.__cause__)
        if inner is None:
            break
        seen = inner
    if isinstance(seen, TimeoutError) or "timed out" in str(seen).lower():
        return "it does not answer"
    text = getattr(seen, "verify_message", None) or getattr(seen, "strerror", None)
    if isinstance(text, str) and text:
        return text
    return "it hung up" if isinstance(seen, ConnectionError) else f"the connection failed ({type(seen).__name__})"
