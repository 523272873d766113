"""The playground: its answers, what it refuses to answer, and its page in a browser."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from matcalc.errors import MatcalcError
from matcalc.playground import Playground, answer, server
from tests.notes.browser import visit


@pytest.fixture(scope="module")
def playground() -> Iterator[Playground]:
    made = Playground()
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


def call(playground: Playground, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", playground.port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, (reply.read(), dict(reply.getheaders()))
    finally:
        connection.close()


# ---------------------------------------------------------------- answers
def test_an_answer_has_every_form() -> None:
    found = answer({"expression": "½‖θ(Wx)‖²", "wrt": "W", "target": "jax", "detail": "full", "language": "de"})
    assert r"\begin{aligned}" in found["formula"]
    assert "∂f/∂W" in found["text"]
    assert "import jax" in found["code"]
    assert found["wrt"] == ["W"]
    assert found["needs"] == ["θ differentiable"]
    assert found["certificate"].startswith("checked")


@pytest.mark.parametrize(
    ("question", "kind", "place"),
    [
        ({"expression": "‖Ax − b|²"}, "ParseError", [7, 8]),
        ({"expression": "tr(A"}, "ParseError", [2, 3]),
        ({"expression": "x", "wrt": "y"}, "DerivationError", None),
        ({"expression": "x'x", "kind": "nonsense"}, "DerivationError", None),
        ({"expression": "x'x", "shell": "rm"}, "ParseError", None),
        ({"expression": 3}, "ParseError", None),
        ({}, "ParseError", [0, 0]),
    ],
)
def test_an_error_is_an_answer_with_its_place(question: dict[str, Any], kind: str, place: list[int] | None) -> None:
    error = answer(question)["error"]
    assert error["kind"] == kind
    assert error["message"]
    assert place is None or error["span"] == place


def test_a_fault_of_ours_is_said_and_ends_nothing(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("matcalc.derivation.derive", lambda *a, **k: 1 / 0)
    assert answer({"expression": "x"})["error"]["kind"] == "InternalError"
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_what_takes_too_long_is_given_up() -> None:
    error = answer({"expression": "z = Wx; " * 1 + " + ".join(f"tr(X^{k} A)" for k in range(2, 60)), "wrt": "X"}, 0.02)[
        "error"
    ]
    assert error["kind"] == "LimitError"


# ---------------------------------------------------------------- over HTTP
def test_the_page_and_an_answer_come_over_http(playground: Playground) -> None:
    status, (page, headers) = call(playground, "GET", "/?expression=x")
    assert status == 200
    assert b"matcalc" in page
    assert "script-src 'nonce-" in headers["Content-Security-Policy"]
    body = json.dumps({"expression": "xᵀAx", "wrt": "x"}).encode()
    status, (found, _) = call(playground, "POST", "/answer", body, Content_Type="application/json")
    assert status == 200
    assert "(A + Aᵀ)x" in json.loads(found)["text"]


JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/", None, {"Host": "evil.example"}, 403),  # a name that was made to point here
        ("POST", "/answer", b"{}", {**JSON, "Origin": "https://evil.example"}, 403),
        ("POST", "/answer", b"{}", {"Content_Type": "text/plain"}, 415),  # what a form of another site can send
        ("POST", "/answer", b"[1]", JSON, 400),
        ("POST", "/answer", b"{", JSON, 400),
        ("POST", "/answer", b"[" * 60_000, JSON, 400),
        ("POST", "/answer", b" " * (server.LONGEST + 1), JSON, 413),
        ("POST", "/elsewhere", b"{}", JSON, 404),
        ("GET", "/../../etc/passwd", None, {}, 404),
        ("PUT", "/", b"", {}, 501),
    ],
)
def test_what_is_not_ours_is_refused(
    playground: Playground, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    assert call(playground, method, path, body, **headers)[0] == status


def test_a_port_that_is_taken_is_said(playground: Playground) -> None:
    with pytest.raises(MatcalcError, match=f"port {playground.port} cannot be used"):
        Playground(playground.port)


# ---------------------------------------------------------------- in a browser
@pytest.mark.browser
@pytest.mark.slow
def test_the_page_in_a_browser(playground: Playground, tmp_path: Path) -> None:
    address = playground.url + "?" + urlencode({"expression": "½‖θ(Wx)‖²", "wrt": "W"})
    found = visit(address, tmp_path)
    assert 'data-state="answer"' in found.dom
    assert 'class="katex-display"' in found.dom
    assert "katex-error" not in found.dom.split("<script")[0]
    assert "needs θ differentiable" in found.dom
    assert found.console == []
    assert {url.split("?")[0] for url in found.requests} <= {playground.url, f"{playground.url}answer"}


@pytest.mark.browser
@pytest.mark.slow
def test_an_error_and_hostile_text_in_a_browser(playground: Playground, tmp_path: Path) -> None:
    address = playground.url + "?" + urlencode({"expression": "<img src=x onerror=alert(1)> ‖𝟏"})
    found = visit(address, tmp_path)
    assert 'data-state="error"' in found.dom
    assert "<img" not in found.dom.split("<script")[0]
    assert found.console == []
