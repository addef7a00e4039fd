"""Who may ask, and what a browser may do with the answer."""

import base64
import ipaddress
import secrets
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page loads nothing from anywhere but here, and no other page may frame it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LOCAL = ("127.0.0.1", "localhost", "::1")
# Endings that routers give to the names of their network; nobody can register a name below them.
_HOME = ("local", "lan", "home", "home.arpa", "internal", "localdomain", "fritz.box")


def is_local(host: str) -> bool:
    """Whether only this machine reaches a server that is bound to this host."""
    return host in LOCAL


class Guard:
    """Refuses who knows no password, foreign pages, and names that another site has pointed at this machine."""

    def __init__(self, app: ASGIApp, host: str, password: str | None, allowed: Sequence[str] = ()) -> None:
        self.app = app
        self.host = host
        self.allowed = frozenset(name.lower().rstrip(".") for name in allowed)
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    own.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, signed)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if not self._known(_hostname(f"//{host}")):
            told = "this address is not the page's own; where it is meant to be, start the page with --allow-host NAME"
            return PlainTextResponse(told, 421)
        origin = headers.get("origin")
        # a proxy in front may ask by another name than the page was asked by
        own = origin is None or origin.partition("://")[2] == host or _hostname(origin) in self.allowed
        foreign = not own
        if method not in ("GET", "HEAD") and (foreign or headers.get("sec-fetch-site") == "cross-site"):
            return PlainTextResponse("another page may not ask for this", 403)
        if self.password is not None and not self._knows(headers.get("authorization", "")):
            challenge = {"WWW-Authenticate": 'Basic realm="eyecandy", charset="UTF-8"'}
            return PlainTextResponse("the password is missing or wrong", 401, challenge)
        return None

    def _known(self, name: str) -> bool:
        """An address by number cannot be another site's name for this machine; a name can, unless it is our own."""
        if name in (*LOCAL, self.host) or name in self.allowed:
            return True
        if is_local(self.host):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            own = socket.gethostname().lower()
            return name in (own, socket.getfqdn().lower(), *(f"{own}.{ending}" for ending in _HOME))
        return True

    def _knows(self, authorization: str) -> bool:
        kind, _, coded = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            _, _, password = base64.b64decode(coded, validate=True).partition(b":")
        except ValueError:  # no base64, or characters that it cannot hold
            return False
        return secrets.compare_digest(password, (self.password or "").encode())


def _hostname(address: str) -> str:
    """The name in an address, in lower case; empty where it is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""
