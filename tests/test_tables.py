"""Every row of the tables is derived, proof-read, and has the closed form that the table gives."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest
from sympy import Symbol
from sympy.matrices.expressions.matexpr import MatrixSymbol

import matcalc as mc
from matcalc import algebra as alg
from matcalc.language import read
from tests.naive import evaluate
from tests.tables import PAGE, TABLES, Row, command, page

SIZES = {"m": 4, "n": 3, "p": 2, "q": 5}
#: (53)–(56), (125)–(127) and their like need XᵀX invertible: X is n×m, and taller than wide.
TALL = {"m": 3, "n": 4, "p": 2, "q": 5}

ROWS = [row for table in TABLES for row in table.rows]
DISTINCT = list(dict.fromkeys(ROWS))


def _ids(row: Row) -> str:
    return f"{row.number} {row.function} by {row.by}"


@pytest.mark.parametrize("row", DISTINCT, ids=_ids)
def test_row(row: Row) -> None:
    found = mc.derive(row.function, wrt=row.by, where=row.where, **dict(row.ask))  # type: ignore[arg-type]
    report = found.check(trials=1)
    assert report, str(report)
    if not row.closed:
        return
    said = read(row.closed, where=row.where, wrt=row.by).expression
    got = found.form("vec") if dict(row.ask).get("kind") == "jacobian" and _of_matrices(found) else found.result
    sizes = TALL if "X: n×m" in row.where else SIZES
    env = _point([said, got, found.expression], sizes)
    np.testing.assert_allclose(evaluate(got, env, sizes), evaluate(said, env, sizes), rtol=1e-8, atol=1e-10)


def _of_matrices(found: Any) -> bool:
    """Is it the derivative of a matrix by a matrix, which the closed forms give on vec?"""
    x = next(iter(found.variables.values()))
    return not alg.is_scalar(x) and (x.shape[1] != 1 or 1 not in found.expression.shape)


def _point(roots: Any, sizes: dict[str, int]) -> dict[Any, Any]:
    """Random arrays: one for each name, whatever is known of it in a formula."""
    rng = np.random.default_rng(3)
    names: dict[str, Any] = {}
    env = {}
    for node in alg.postorder(*roots):
        if not isinstance(node, (Symbol, MatrixSymbol)) or (alg.is_scalar(node) and node.name in sizes):
            continue
        env[node] = None
        marks = alg.properties_of(node)
        if node.name not in names or marks:
            shape = [int(d.subs({alg.dimension(s): v for s, v in sizes.items()})) for d in alg.shape_of(node)]
            array = rng.standard_normal(shape)
            if len(shape) == 2 and shape[0] == shape[1]:
                array = array @ array.T + np.eye(shape[0])  # with determinants and logarithms
                if "diagonal" in marks:
                    array = np.diag(np.diag(array))
                elif not marks:
                    array += 0.1 * np.triu(rng.standard_normal(shape), 1)
            names[node.name] = np.abs(array) if not shape else array
    return {node: names[node.name] for node in env}


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.tables`"


def test_the_commands_are_ones_that_run() -> None:
    from click.testing import CliRunner

    from matcalc.cli import cli

    for row in (TABLES[0].rows[8], TABLES[4].rows[3], TABLES[5].rows[5]):
        result = CliRunner().invoke(cli, shlex.split(command(row))[1:])
        assert result.exit_code == 0, result.output
