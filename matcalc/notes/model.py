"""What a notes file says: its keys, checked, with messages that name the file, the line and the section.

title = "Least squares"
language = "en"              # en, de, zh, es

[[section]]
title = "The gradient"
text = "Prose in *Markdown*, with $x^2$ as mathematics and [](#ls) as a reference."

[[section.derivation]]
id = "ls"
expression = "‖Ax − b‖²"
wrt = "x"
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import MatcalcError
from ..language.names import names_of
from ..present.styles import LETTERS, TRANSPOSES
from ..present.tongue import LANGUAGES
from .places import Path as Place
from .places import line_of

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib

#: What a name that is referred to may look like.
_ID = re.compile(r"[A-Za-z][\w-]*")


class NotesError(MatcalcError):
    """A notes file that cannot be read, or a derivation in it that fails; the message names the place."""


@dataclass(frozen=True)
class Entry:
    """A derivation: what :func:`matcalc.derive` is asked, and what is said around it.

    ``text`` stands before it and ``after`` behind, both Markdown. ``form`` lists forms of the result that follow the
    steps. As an ``exercise`` it is shown with the steps ``blank`` (numbers from 1; all where none is given) left out,
    or ``bare`` with no steps, the ``hints`` below it, and the solution at the end of the notes.
    """

    expression: str
    wrt: tuple[str, ...] = ()
    where: str = ""
    define: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    layout: str = ""
    structure: str = ""
    detail: str = ""
    form: tuple[str, ...] = ()
    id: str = ""
    title: str = ""
    text: str = ""
    after: str = ""
    exercise: bool = False
    bare: bool = False
    blank: tuple[int, ...] = ()
    hints: tuple[str, ...] = ()
    joint: bool = False
    place: Place = ()


@dataclass(frozen=True)
class Section:
    """A section: its title, prose in Markdown, and derivations."""

    title: str = ""
    id: str = ""
    text: str = ""
    after: str = ""
    derivation: tuple[Entry, ...] = ()
    place: Place = ()


@dataclass(frozen=True)
class Notes:
    """A notes file; ``detail``, ``layout`` and the choices of type hold for every derivation that says no other.

    Without ``solutions`` those of the exercises are left out.
    """

    title: str = ""
    author: str = ""
    date: str = ""
    language: str = "en"
    abstract: str = ""
    style: str = "italic"
    transpose: str = "top"
    color: bool = False
    detail: str = "normal"
    layout: str = "gradient"
    rules: bool = True
    solutions: bool = True
    macros: Mapping[str, str] = field(default_factory=dict)
    section: tuple[Section, ...] = ()
    source: str = ""
    name: str = ""

    def entries(self) -> Iterator[Entry]:
        """Every derivation, in order."""
        for section in self.section:
            yield from section.derivation

    def error(self, message: str, place: Place, hint: str | None = None) -> NotesError:
        """An error that names the file, the line and the section."""
        return NotesError(f"{self.where(place)}: {message}", hint=hint)

    def where(self, place: Place) -> str:
        """``lecture.toml, line 12, section "Ridge"``."""
        line = line_of(self.source, place)
        said = [self.name, f"line {line}" if line else "", *_headings(self.source, place)]
        return ", ".join(part for part in said if part)


#: Key → the values it may take.
CHOICES = {
    "language": tuple(LANGUAGES),
    "style": LETTERS,
    "transpose": tuple(TRANSPOSES),
    "detail": ("brief", "normal", "full"),
    "layout": ("gradient", "numerator", "denominator"),
    "kind": ("gradient", "jacobian", "hessian", "differential"),
    "form": ("operator", "matrix", "vec", "tensor", "components", "explicit"),
}


def read_notes(path: Path) -> Notes:
    """The notes in a file. Raises NotesError, with the place, for what cannot be read or is not known."""
    try:
        source = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise NotesError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise NotesError(f"{path.name}: not UTF-8 text: byte {error.start + 1} cannot be read") from None
    return parse_notes(source, path.name)


def parse_notes(source: str, name: str = "notes") -> Notes:
    """The notes in the text of a file called ``name``."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise NotesError(f"{name}: {error}", hint="the file is TOML: https://toml.io") from None
    notes = Notes(source=source, name=name)
    reader = _Reader(notes)
    sections = reader.tables(data, "section", ())
    made = [
        reader.made(Section, one, ("section", k), derivation=tuple(reader.entries(one, k)))
        for k, one in enumerate(sections)
    ]
    whole: Notes = reader.made(Notes, data, (), section=tuple(made), source=source, name=name)
    _ids(whole)
    return whole


def _ids(notes: Notes) -> None:
    """Each name is one that can be referred to, and given once."""
    seen: set[str] = set()
    for one in (*notes.section, *notes.entries()):
        assert isinstance(one, (Section, Entry))
        if one.id and not _ID.fullmatch(one.id):
            raise notes.error(f"id = {one.id!r} is not a name", (*one.place, "id"), "letters, digits, - and _")
        if one.id in seen:
            raise notes.error(f"id = {one.id!r} is given twice", (*one.place, "id"))
        seen |= {one.id} - {""}


class _Reader:
    """From the tables of TOML to the dataclasses: unknown keys, wrong types and wrong values are refused."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def tables(self, data: Mapping[str, Any], key: str, place: Place) -> list[dict[str, Any]]:
        found = data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            name = ".".join([*(p for p in place if isinstance(p, str)), key])
            raise self.notes.error(f"{key} is a list of tables", (*place, key), f"each begins with [[{name}]]")
        return found

    def entries(self, section: Mapping[str, Any], number: int) -> Iterator[Entry]:
        place: Place = ("section", number)
        for k, one in enumerate(self.tables(section, "derivation", place)):
            here = (*place, "derivation", k)
            if not isinstance(one.get("expression"), str):
                raise self.notes.error("a derivation needs its expression", here, 'expression = "‖Ax − b‖²"')
            joint = isinstance(one.get("wrt"), list)
            yield self.made(Entry, one, here, joint=joint)

    def made(self, cls: Any, data: Mapping[str, Any], place: Place, **ready: Any) -> Any:
        """An instance of the class, from what the table says."""
        known = {f.name: f for f in fields(cls) if f.name not in ("place", "source", "name", "joint")}
        values: dict[str, Any] = {}
        for key, value in data.items():
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"one of {', '.join(known)}"
                raise self.notes.error(f"{key} is not a key here", (*place, key), hint)
            if key not in ready:
                values[key] = self.value(key, value, str(known[key].type), (*place, key))
        if cls is not Notes:
            values["place"] = place
        return cls(**values | ready)

    def value(self, key: str, value: Any, wanted: str, place: Place) -> Any:
        """The value in the type of the field; a single one stands for a list of one."""
        if wanted.startswith("tuple[str") and isinstance(value, str):
            value = list(names_of(value)) if key == "wrt" else [value]
        fits = {
            "str": lambda v: isinstance(v, str),
            "bool": lambda v: isinstance(v, bool),
            "tuple[str, ...]": lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v),
            "tuple[int, ...]": lambda v: isinstance(v, list) and all(type(x) is int for x in v),
            "Mapping[str, str]": lambda v: isinstance(v, dict) and all(isinstance(x, str) for x in v.values()),
        }
        if not fits[wanted](value):
            kinds = {"str": "a text", "bool": "true or false", "tuple[str, ...]": "a list of texts"}
            named = kinds.get(wanted, "a list of numbers" if "int" in wanted else "a table of texts")
            raise self.notes.error(f"{key} is {named}", place)
        for one in value if isinstance(value, list) else [value]:
            if key in CHOICES and one not in CHOICES[key]:
                raise self.notes.error(f"{key} = {one!r} is not known", place, f"one of {', '.join(CHOICES[key])}")
        return tuple(value) if isinstance(value, list) else value


def _headings(source: str, place: Place) -> Iterator[str]:
    """The section and the derivation by title or id, as the file has them."""
    try:
        data: Any = tomllib.loads(source)
        for kind, number in zip(place[::2], place[1::2], strict=False):
            data = data[kind][number]
            named = data.get("title") or data.get("id") or data.get("expression")
            yield f'{kind} "{named}"' if isinstance(named, str) else f"{kind} {number + 1}"
    except (tomllib.TOMLDecodeError, KeyError, IndexError, TypeError, AttributeError):
        return
