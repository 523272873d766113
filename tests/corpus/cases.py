"""Load the corpus of derivative cases, build random inputs, and compare arrays.

    from tests.corpus import cases

    for case in cases.load("textbook"):
        derivation = mc.derive(**cases.question(case))
        given = cases.inputs(case, seed=0)  # {"W": array, "x": array, …}

What each key of a case means, the shapes and the conventions are in FORMAT.md beside this file. What the derivatives
must be is computed by `oracle.py` and kept by `records.py`.
"""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent

Case = dict[str, Any]
Arrays = dict[str, np.ndarray]

#: Properties of a declaration, and whether one says how to draw the variable.
PROPERTIES = {
    "symmetric": True,
    "spd": True,
    "skew": True,
    "diagonal": True,
    "lower": True,
    "upper": True,
    "orthogonal": True,
    "positive": True,
    "constant": False,
    "complex": True,
}
_DIMENSION = r"(?:\d+|[A-WYZa-wyz](?:_?\d+)?)"


# ---------------------------------------------------------------- files
def load(name: str | Path) -> list[Case]:
    """The cases of `<name>.jsonl` beside this module, or of the file at that path."""
    path = Path(name)
    if path.suffix != ".jsonl":
        path = HERE / f"{name}.jsonl"
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                cases.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from None
    return cases


def question(case: Case) -> dict[str, Any]:
    """The arguments of `matcalc.derive` that put this case. Where `infer` is true, only functions are declared."""
    where = case.get("where") or ""
    if case.get("infer"):
        declared = (piece.strip() for piece in _pieces(where))
        where = ", ".join(one for one in declared if any(sign in one for sign in (":=", "→", "->", "elementwise")))
    optional = {"where": where, "define": case.get("define"), "structure": case.get("structure")}
    return {
        "expression": case["expr"],
        "wrt": case["wrt"],
        "kind": case["kind"],
        **{key: value for key, value in optional.items() if value},
    }


# ---------------------------------------------------------------- declarations
def pyname(name: str) -> str:
    """The Python name under which a variable stands in `oracle` and among the inputs.

    Compatibility-normalised, braces dropped, a keyword gets an underscore: `W₁` → `W1`, `x_{new}` → `x_new`,
    `lambda` → `lambda_`, `λ` → `λ`.
    """
    name = unicodedata.normalize("NFKC", name.strip()).replace("{", "").replace("}", "").replace("\\", "")
    return name + "_" if keyword.iskeyword(name) else name


def variables(case: Case) -> list[str]:
    """The variables of differentiation, as `pyname`s."""
    names = case["wrt"] if isinstance(case["wrt"], list) else [case["wrt"]]
    return [pyname(name) for name in names]


def declarations(case: Case) -> dict[str, dict[str, Any]]:
    """What the `where` clause says of each name, in its order.

    `dims`: tuple of size symbols or numbers, None for a function; `props`: list; `function`: text or None; `family`:
    the size symbol of an indexed family such as x_i, or None.
    """
    found: dict[str, dict[str, Any]] = {}
    waiting: list[str] = []
    for piece in _pieces(case.get("where") or ""):
        if not piece.strip():
            continue
        match = re.match(r"^\s*(\S+?)\s*(:=|:|∈|\\in\b|\bin\b)\s*(.+?)\s*$", piece, re.DOTALL)
        if not match:
            waiting.append(piece.strip())
            continue
        name, sign, rest = match.groups()
        entry: dict[str, Any] = {"dims": None, "props": [], "function": None}
        rest = unicodedata.normalize("NFKC", rest)
        if sign == ":=" or "→" in rest or "->" in rest or "\\to" in rest or rest == "elementwise":
            entry["function"] = rest
        else:
            entry["dims"], entry["props"] = _shape(rest, case)
        for one in [*waiting, name]:
            found[one] = {**entry, "family": _family(one, case)}
        waiting = []
    if waiting:
        raise ValueError(f"{case.get('id')}: no shape for {', '.join(waiting)} in `where`")
    return found


def _pieces(text: str) -> Iterator[str]:
    """The parts of a `where` clause, split at commas, semicolons and newlines outside all brackets."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char in "({[":
            depth += 1
        elif char in ")}]":
            depth -= 1
        elif char in ",;\n" and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def _shape(rest: str, case: Case) -> tuple[tuple[str, ...], list[str]]:
    text = rest.replace("\\mathbb{R}", "R").replace("\\times", "×").replace("\\mathbb{S}", "S")
    symmetric = re.match(rf"^S\^?\{{?({_DIMENSION})\}}?\s*(?:_?\{{?(\+\+|\+)\}}?)?\s*(.*)$", text)
    if symmetric:
        dim, plus, props = symmetric.groups()
        return (dim, dim), ["spd" if plus else "symmetric", *props.split()]
    real = re.match(r"^R\^?(\{[^}]*\}|\S+)\s*(.*)$", text)
    if real:
        text = real.group(1).strip("{}") + " " + real.group(2)
    dims: tuple[str, ...]
    if text.split()[0] in ("scalar", "R"):
        dims, properties = (), text.split()[1:]
    else:
        match = re.match(rf"^\s*({_DIMENSION})(?:\s*[×x]\s*({_DIMENSION}))?(?:\s+(.*))?$", text)
        if not match:
            raise ValueError(f"{case.get('id')}: cannot read the shape {rest!r}")
        dims = tuple(dim for dim in match.groups()[:2] if dim)
        properties = (match.group(3) or "").split()
    unknown = [one for one in properties if one not in PROPERTIES]
    if unknown:
        raise ValueError(f"{case.get('id')}: unknown property {unknown[0]!r}")
    return dims, properties


def _family(name: str, case: Case) -> str | None:
    """For `x_i` under a sum over i: the size symbol that i runs up to (the sum's upper bound, else N)."""
    sums = r"(?:Σ|∑|sum|\\sum)_\{?([a-z])\b(?:\s*=\s*1\s*\}?(?:\^|\.\.)\{?([A-Za-z]))?"
    for index, upper in re.findall(sums, case["expr"]):
        if re.search(rf"_\{{?{index}\}}?$", name):
            return upper or "N"
    return None


# ---------------------------------------------------------------- random inputs
def inputs(case: Case, seed: int = 0) -> Arrays:
    """Random float64 arrays for every declared variable, keyed by `pyname`; the same seed gives the same arrays.

    An indexed family x_i is one array whose last axis is the index (column i is x_i).
    """
    domain = {pyname(name): kind for name, kind in (case.get("domain") or {}).items()}
    out: Arrays = {}
    for name, entry in declarations(case).items():
        if entry["dims"] is None:
            continue
        key = pyname(name)
        shape = tuple(_size(dim, case) for dim in entry["dims"])
        if entry["family"]:
            shape += (_size(entry["family"], case),)
        kind = domain.get(key) or next((one for one in entry["props"] if PROPERTIES[one]), "normal")
        rng = np.random.default_rng([seed, zlib.crc32(f"{case['id']}/{key}".encode())])
        if entry["family"] and kind in ("onehot", "prob"):
            out[key] = np.asarray(_draw(kind, shape[::-1], rng).T)
        else:
            out[key] = np.asarray(_draw(kind, shape, rng))
    strays = set(domain) - set(out)
    if strays:
        raise ValueError(f"{case.get('id')}: `domain` names {sorted(strays)}, not declared in `where`")
    return out


def _size(dim: str, case: Case) -> int:
    return int(dim) if dim.isdigit() else int(case["sizes"][dim])


def _draw(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """One array of a domain; see FORMAT.md."""
    normal = rng.standard_normal(shape)
    if kind in ENTRYWISE_DOMAINS:
        return np.asarray(ENTRYWISE_DOMAINS[kind](normal, rng))
    if kind not in SQUARE_DOMAINS:
        raise ValueError(f"unknown domain {kind!r}")
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"domain {kind!r} needs a square matrix, not {shape}")
    return np.asarray(SQUARE_DOMAINS[kind](normal, rng))


def _onehot(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    out = np.zeros(normal.shape)
    picks = rng.integers(0, normal.shape[-1], normal.shape[:-1])
    np.put_along_axis(out, np.asarray(picks)[..., None], 1.0, axis=-1)
    return out


def _prob(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    weights = rng.uniform(0.2, 1.0, normal.shape)
    return weights / weights.sum(axis=-1, keepdims=True)


def _orthogonal(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(normal)
    return q * np.sign(np.diag(r))


def _diagonal(normal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.diag(rng.uniform(0.5, 2.0, len(normal)))


ENTRYWISE_DOMAINS = {
    "normal": lambda normal, rng: normal,
    "positive": lambda normal, rng: rng.uniform(0.5, 2.0, normal.shape),
    "unit": lambda normal, rng: rng.uniform(0.1, 0.9, normal.shape),
    "sign": lambda normal, rng: rng.choice([-1.0, 1.0], normal.shape),
    "complex": lambda normal, rng: normal + 1j * rng.standard_normal(normal.shape),
    "onehot": _onehot,
    "prob": _prob,
}
SQUARE_DOMAINS = {
    "spd": lambda normal, rng: normal @ normal.T / len(normal) + np.eye(len(normal)),
    "symmetric": lambda normal, rng: (normal + normal.T) / 2,
    "skew": lambda normal, rng: (normal - normal.T) / 2,
    "lower": lambda normal, rng: np.tril(normal, -1) + _diagonal(normal, rng),
    "upper": lambda normal, rng: np.triu(normal, 1) + _diagonal(normal, rng),
    "diagonal": _diagonal,
    "orthogonal": _orthogonal,
    "wellcond": lambda normal, rng: normal + 3.0 * np.eye(len(normal)),
}


# ---------------------------------------------------------------- comparison
def same(got: Any, want: Any, rtol: float = 1e-8, atol: float = 1e-10) -> bool:
    """Equal up to rounding, relative to the largest entry; axes of length 1 do not count (a row is a row)."""
    if isinstance(want, dict):
        return isinstance(got, dict) and set(got) == set(want) and all(same(got[k], want[k], rtol, atol) for k in want)
    got, want = np.squeeze(np.asarray(got)), np.squeeze(np.asarray(want))
    if got.shape != want.shape or not np.all(np.isfinite(got)):
        return False
    scale = float(np.max(np.abs(want))) if want.size else 0.0
    return bool(np.all(np.abs(got - want) <= atol + rtol * scale))
