"""Products of matrices in the order that costs least, with structured factors never written out.

A chain of factors is multiplied in the best order (the matrix-chain problem, Cormen et al. ch. 14.2, with guessed
sizes), so that vectors are met first, A⁻¹B is a solve, Diag(d)A a row scaling and (A ⊗ B) vec X two products. A trace,
a diagonal or a Frobenius product never forms a matrix for a few of its entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from .factors import (
    ONE,
    Dense,
    DiagonalFactor,
    Factor,
    IdentityFactor,
    InverseFactor,
    KroneckerFactor,
    OnesFactor,
    Repeated,
    SpectralFactor,
    kronecker,
)
from .program import Value

#: Structure → the habit of multiplying by it in its own way.
STRUCTURES = {
    DiagonalFactor: "diagonal",
    InverseFactor: "solve",
    KroneckerFactor: "kronecker",
    OnesFactor: "ones",
    Repeated: "ones",
}
#: A longer chain is multiplied from the end that has a vector, without looking for the best order.
LONGEST_CHAIN = 40


def multiply(x: Factor, y: Factor) -> Factor:
    """x y, with the structure of both used where that helps."""
    b, shape = x.builder, (x.rows, y.cols)
    if isinstance(x, IdentityFactor):
        return y
    if isinstance(y, IdentityFactor):
        return x
    if isinstance(x, DiagonalFactor) and isinstance(y, DiagonalFactor):
        return DiagonalFactor(b, shape, b.multiply(x.entries, y.entries))
    if isinstance(x, KroneckerFactor) and isinstance(y, KroneckerFactor) and _conform(x, y):
        return kronecker(b, [multiply(p, q) for p, q in zip(x.parts, y.parts, strict=True)])
    if isinstance(x, OnesFactor) and isinstance(y, OnesFactor) and shape == (ONE, ONE):
        return Dense(b, shape, b.size(x.cols))  # 𝟏ᵀ𝟏 = n
    if x.cols == ONE and ONE not in shape:  # an outer product
        if isinstance(x, OnesFactor) and isinstance(y, OnesFactor):
            return OnesFactor(b, shape)
        if isinstance(x, OnesFactor):
            return Repeated(b, shape, y.dense(), as_column=False)
        if isinstance(y, OnesFactor):
            return Repeated(b, shape, x.dense(), as_column=True)
    guess = b.size.guess
    from_left = x.cost(guess(y.cols)) if x.structured else float("inf")
    from_right = y.cost(guess(x.rows)) if y.structured else float("inf")
    if from_right < from_left or not x.structured:
        return Dense(b, shape, y.right(x.dense(), x.rows))
    return Dense(b, shape, x.left(y.dense(), y.cols))


def _conform(x: KroneckerFactor, y: KroneckerFactor) -> bool:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD."""
    return len(x.parts) == len(y.parts) and all(p.cols == q.rows for p, q in zip(x.parts, y.parts, strict=True))


def _plain(factors: Sequence[Factor]) -> Sequence[Factor]:
    """The factors, with those of a structure that is to be done without written out."""
    without = factors[0].builder.without
    if not without:
        return factors
    return [Dense(f.builder, f.shape, f.dense()) if STRUCTURES.get(type(f)) in without else f for f in factors]


def chain(factors: Sequence[Factor]) -> Factor:
    """F₁ F₂ … F_k in the cheapest order."""
    factors = _plain(factors)
    if "order" in factors[0].builder.without:
        return reduce(multiply, factors)
    count = len(factors)
    if count > LONGEST_CHAIN:
        if factors[-1].cols == ONE:
            return reduce(lambda done, one: multiply(one, done), reversed(factors[:-1]), factors[-1])
        return reduce(multiply, factors)
    _, cut = _best_order(factors)
    done: dict[tuple[int, int], Factor] = {}
    for length in range(1, count + 1):  # bottom-up: only the intervals that are used
        for i, j in _used(cut, count, length):
            k = cut.get((i, j))
            done[i, j] = factors[i] if k is None else multiply(done[i, k], done[k + 1, j])
    return done[0, count - 1]


def _used(cut: dict[tuple[int, int], int], count: int, length: int) -> list[tuple[int, int]]:
    """The intervals of this length in the tree of the best order."""
    found, stack = [], [(0, count - 1)]
    while stack:
        i, j = stack.pop()
        if j - i + 1 == length:
            found.append((i, j))
        elif j - i + 1 > length:
            k = cut[i, j]
            stack += [(i, k), (k + 1, j)]
    return sorted(found)


def _best_order(factors: Sequence[Factor]) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], int]]:
    """Costs and cuts of all intervals of a chain; of equal orders the one that reads from the left."""
    count = len(factors)
    guess = factors[0].builder.size.guess
    sizes = [guess(f.rows) for f in factors] + [guess(factors[-1].cols)]
    cost = {(i, i): 0.0 for i in range(count)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            j = i + length - 1
            best = float("inf")
            for k in range(j - 1, i - 1, -1):
                total = cost[i, k] + cost[k + 1, j] + _step(factors, sizes, i, k, j)
                if total < best:
                    best, cut[i, j] = total, k
            cost[i, j] = best
    return cost, cut


def _step(factors: Sequence[Factor], sizes: Sequence[float], i: int, k: int, j: int) -> float:
    """What the last product of an interval costs: structured factors that stand alone multiply in their own way."""
    whole = sizes[i] * sizes[k + 1] * sizes[j + 1]
    options = [whole]
    if i == k and factors[i].structured:
        options.append(factors[i].cost(sizes[j + 1]))
    if k + 1 == j and factors[j].structured:
        options.append(factors[j].cost(sizes[i]))
    if i == k and k + 1 == j and len(options) == 3:
        options.append(whole)  # one of the two has to be written out
        return max(options[1], options[2]) if min(options[1], options[2]) < whole else whole
    return min(options)


def cost_of(factors: Sequence[Factor]) -> float:
    """About how many operations the product takes in the best order."""
    return _best_order(factors)[0][0, len(factors) - 1] if len(factors) <= LONGEST_CHAIN else float("inf")


def _halves(factors: Sequence[Factor]) -> tuple[Factor, Factor]:
    """L and R with L R the product, each cheap to compute."""
    last = len(factors) - 1
    if len(factors) > LONGEST_CHAIN:
        return chain(factors[:last]), factors[last]
    cost, _ = _best_order(factors)
    at = min(
        range(last), key=lambda k: (cost[0, k] + cost[k + 1, last], abs(2 * k + 1 - last))
    )  # of equal cuts the middle
    return chain(factors[: at + 1]), chain(factors[at + 1 :])


def trace_of(factors: Sequence[Factor]) -> Value:
    """tr(F₁ F₂ … F_k) = Lᵀ : R for the best cut L R; the number itself where the product is one."""
    b = factors[0].builder
    if len(factors) == 1:
        return trace(factors[0])
    if "trace" in b.without and factors[0].rows != ONE:
        return trace(chain(factors))
    x, y = _halves(factors)
    for one, other in ((x, y), (y, x)):
        if isinstance(one, DiagonalFactor):
            return b.inner(one.entries, diagonal(other))
        if isinstance(one, InverseFactor):
            return b.trace(one.left(other.dense(), other.cols))
        if isinstance(one, IdentityFactor):
            return trace(other)
    if x.cols == ONE or x.rows == ONE:
        return b.inner(x.dense(), y.dense())
    return inner(x.T, y)


def trace(x: Factor) -> Value:
    """tr F."""
    b = x.builder
    if isinstance(x, IdentityFactor):
        return b.size(x.rows)
    if isinstance(x, DiagonalFactor):
        return b.sum(x.entries)
    if isinstance(x, SpectralFactor):
        return b.sum(x.entries)
    if isinstance(x, KroneckerFactor) and all(p.rows == p.cols for p in x.parts):
        return reduce(b.multiply, [trace(p) for p in x.parts])
    return b.trace(x.dense())


def diagonal(x: Factor) -> Value:
    """diag F."""
    b = x.builder
    if isinstance(x, DiagonalFactor):
        return x.entries
    return b.ones((x.rows,)) if isinstance(x, IdentityFactor) else b.diagonal(x.dense())


def diagonal_of(factors: Sequence[Factor]) -> Value:
    """diag(F₁ F₂ … F_k): the rows of L against the columns of R, for the best cut L R."""
    b = factors[0].builder
    if len(factors) == 1:
        return diagonal(factors[0])
    if "trace" in b.without and factors[0].rows != ONE:
        return diagonal(chain(factors))
    x, y = _halves(factors)
    if x.cols == ONE:
        return b.multiply(x.dense(), y.dense())
    if isinstance(x, InverseFactor):
        return b.diagonal(x.left(y.dense(), y.cols))
    if isinstance(y, InverseFactor):
        return b.diagonal(y.right(x.dense(), x.rows))
    if isinstance(x, DiagonalFactor) or isinstance(y, DiagonalFactor):
        return b.multiply(diagonal(x), diagonal(y))
    return b.einsum("ij,ji->i", x.dense(), y.dense())


def inner(x: Factor, y: Factor) -> Value:
    """Σ F ⊙ G."""
    b = x.builder
    for one, other in ((x, y), (y, x)):
        if isinstance(one, OnesFactor):
            return b.sum(other.dense())
        if isinstance(one, DiagonalFactor):
            return b.inner(one.entries, diagonal(other))
        if isinstance(one, IdentityFactor):
            return trace(other)
        if isinstance(one, Repeated):  # (u 𝟏ᵀ) : G = u : G𝟏
            return b.inner(one.vector, b.sum(other.dense(), 1 if one.as_column else 0))
    return b.inner(x.dense(), y.dense())
