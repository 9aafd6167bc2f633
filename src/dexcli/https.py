"""Connections by HTTP that trust what the system trusts, whatever the library that makes them would."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
