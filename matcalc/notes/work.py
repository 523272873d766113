"""The derivations of a notes file, proof-read; those that have not changed since the last time are taken from a cache.

The cache holds :class:`~matcalc.present.paper.Paper` as JSON, under a key made of the question, the choices of type,
the language, the version and the code of matcalc itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import MatcalcError
from ..files import write_atomically
from ..present.paper import Paper
from ..resources import templates
from .model import Entry, Notes, NotesError


@dataclass(frozen=True)
class Work:
    """A derivation of the notes: its entry, its number from 1, its steps, and the forms that follow them."""

    entry: Entry
    number: int
    paper: Paper
    forms: tuple[tuple[str, Paper], ...] = ()


def worked(
    notes: Notes, progress: Callable[[Entry], None] = lambda _: None, folder: Path | None = None
) -> tuple[Work, ...]:
    """Every derivation, in order. ``progress`` is called before each; ``folder`` holds the cache, which may be absent.

    Raises NotesError where one cannot be derived or does not hold, with its place in the file.
    """
    found = []
    for number, entry in enumerate(notes.entries(), 1):
        progress(entry)
        found.append(_remembered(notes, entry, number, folder))
    return tuple(found)


def cache_folder() -> Path:
    """Where derivations are kept: in the user's cache, or where XDG_CACHE_HOME says."""
    home = os.environ.get("XDG_CACHE_HOME")
    return Path(home) / "matcalc" / "notes" if home else Path.home() / ".cache" / "matcalc" / "notes"


def question(notes: Notes, entry: Entry) -> dict[str, Any]:
    """The arguments of :func:`matcalc.derive`; those that say nothing are left out."""
    wrt: Any = list(entry.wrt) if entry.joint or len(entry.wrt) > 1 else (entry.wrt[0] if entry.wrt else None)
    layout = entry.layout or notes.layout
    asked = {
        "wrt": wrt,
        "where": entry.where,
        "define": dict(entry.define),
        "kind": entry.kind,
        "layout": "" if layout == "gradient" else layout,
        "structure": entry.structure,
    }
    return {"expression": entry.expression, **{key: value for key, value in asked.items() if value}}


# ---------------------------------------------------------------- one derivation
def _derived(notes: Notes, entry: Entry, number: int) -> Work:
    from ..derivation import derive

    try:
        derivation = derive(**question(notes, entry), detail=entry.detail or notes.detail)
        return work_of(derivation, notes, entry, number)
    except MatcalcError as error:
        raise NotesError(
            f"{notes.where((*entry.place, 'expression'))}: {error.message}",
            source=error.source,
            span=error.span,
            hint=error.hint,
        ) from None


def work_of(derivation: Any, notes: Notes, entry: Entry, number: int = 1) -> Work:
    """The derivation that an entry asks for, and the forms of its result, set as the notes say."""
    from ..present.page import page_of
    from ..present.paper import paper_of
    from ..present.styles import latex_style
    from ..present.text import render
    from ..present.tongue import speaking

    tex = latex_style(notes.style, notes.transpose, notes.color)
    report = derivation.certificate
    with speaking(notes.language):
        plain = render(derivation, report=report, language=notes.language)
        paper = paper_of(page_of(derivation, None, None, tex), report, plain)
        forms = tuple((name, paper_of(page_of(derivation, None, name, tex))) for name in entry.form)
    return Work(entry, number, paper, forms)


# ---------------------------------------------------------------- the cache
def _remembered(notes: Notes, entry: Entry, number: int, folder: Path | None) -> Work:
    if folder is None:
        return _derived(notes, entry, number)
    file = folder / f"{_key(notes, entry)}.json"
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        forms = tuple((name, Paper.of_record(form)) for name, form in record["forms"])
        return Work(entry, number, Paper.of_record(record["paper"]), forms)
    except (OSError, ValueError, KeyError, TypeError):  # not there, or not what this version writes
        pass
    work = _derived(notes, entry, number)
    record = {"paper": work.paper.record(), "forms": [(name, paper.record()) for name, paper in work.forms]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(record, ensure_ascii=False))
    except OSError:  # a cache that cannot be written is none
        pass
    return work


def _key(notes: Notes, entry: Entry) -> str:
    """What a derivation depends on, in one word."""
    asked = asdict(
        replace(entry, id="", title="", text="", after="", exercise=False, bare=False, blank=(), hints=(), place=())
    )
    chosen = [notes.style, notes.transpose, notes.color, notes.language, entry.detail or notes.detail, notes.layout]
    whole = json.dumps([__version__, _fingerprint(), chosen, asked], sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


@cache
def _fingerprint() -> str:
    """The state of the code and the templates: who changes them gets new derivations."""
    package = Path(__file__).resolve().parent.parent
    files = sorted(f for folder in (package, templates()) for f in folder.rglob("*") if f.suffix in (".py", ".jinja"))
    states = [(str(f), stat.st_size, stat.st_mtime_ns) for f in files for stat in [f.stat()]]
    return hashlib.sha256(json.dumps(states).encode()).hexdigest()


__all__ = ["Work", "cache_folder", "question", "worked"]
