"""The page and its answers over HTTP, on this machine alone.

Connections are served by threads, derivations one after the other by the main thread: there an alarm can end one that
takes too long. Only requests that name this machine as their host are answered, and questions only as JSON, so that no
other site that is open in the browser can ask anything.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
from concurrent.futures import Future
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from ..errors import DerivationError
from .answers import answer

#: Bytes that a question may have.
LONGEST = 64_000
#: Seconds that a derivation may take, and that a connection may stay silent.
SECONDS, SILENCE = 20.0, 15.0


class Playground:
    """A server of the playground. Raises DerivationError where the port is taken."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1", seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self.jobs: queue.Queue[tuple[dict[str, Any], Future[dict[str, Any]]] | None] = queue.Queue()
        try:
            self.server = _Server((host, port), _Handler)
        except OSError as error:
            raise DerivationError(
                f"port {port} cannot be used: {error.strerror}", hint="take another: --port 8001"
            ) from None
        self.server.playground = self
        self.port = int(self.server.server_address[1])
        self.url = f"http://{host}:{self.port}/"
        self.hosts = {f"{name}:{self.port}" for name in (host, "localhost", "127.0.0.1")}

    def run(self) -> None:
        """Answer until :meth:`stop`, or until the keyboard interrupts."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        try:
            while job := self._next():
                question, future = job
                future.set_result(answer(question, self.seconds))
        finally:
            self.server.shutdown()
            self.server.server_close()

    def _next(self) -> tuple[dict[str, Any], Future[dict[str, Any]]] | None:
        while True:
            try:
                return self.jobs.get(timeout=1)  # on Windows nothing else lets Ctrl-C through
            except queue.Empty:  # noqa: PERF203
                continue

    def stop(self) -> None:
        """Let :meth:`run` return, from another thread."""
        self.jobs.put(None)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Put a question to the main thread, and wait for the answer."""
        future: Future[dict[str, Any]] = Future()
        self.jobs.put((question, future))
        return future.result()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    playground: Playground


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "matcalc"
    sys_version = ""
    timeout: ClassVar[float] = SILENCE

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        path = self.path.partition("?")[0]
        if path != "/":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        from .page import page

        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; font-src data:; "
            "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        self._send(page(nonce).encode(), "text/html; charset=utf-8", {"Content-Security-Policy": policy})

    def do_POST(self) -> None:
        if not self._is_ours():
            return
        length = self.headers.get("Content-Length", "")
        if self.path != "/answer":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.headers.get_content_type() != "application/json":
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif not length.isdecimal() or int(length) > LONGEST:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._answer(self.rfile.read(int(length)))

    def _answer(self, body: bytes) -> None:
        try:
            question = json.loads(body)
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        found = self.server.playground.ask(question)
        self._send(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"), "application/json", {})

    def _is_ours(self) -> bool:
        """Was this machine asked for by its own name, and by its own page?"""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if host in self.server.playground.hosts and origin in (None, f"http://{host}"):
            return True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def _send(self, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(HTTPStatus.OK)
        more = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in {**more, "X-Content-Type-Options": "nosniff", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line for every key that is pressed helps nobody."""


__all__ = ["Playground"]
