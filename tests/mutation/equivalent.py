"""Mutants that are the same program in other words, each with the reason; no test can see them.

They are named by :attr:`~tests.mutation.mutants.Mutant.key`. A run says where one that stands here is killed after all.
"""

from __future__ import annotations

from tests.mutation.mutants import Mutant

#: Reason → the mutants that it holds for.
EQUIVALENT: dict[str, tuple[str, ...]] = {
    "a sum, and what is summed over, has no order; nor have the factors of a term": (
        "calculus/gradient gradient_steps: (*finished, *moved) the other way round",
        "maps/elementary KroneckerLeft.entries: (a, b) the other way round",
        "maps/elementary KroneckerRight.entries: (a, b) the other way round",
        "maps/elementary Triangle.entries: (*deltas(out, into), inside) the other way round",
        "maps/elementary WeightsOfBlocks.entries: (rows, cols) the other way round",
        "maps/elementary sandwich: (rows, cols) the other way round",
        "maps/indices _counted: ('array', 'size') the other way round",
        "maps/indices times: (*(s for t in terms for s in t.summed), *summed) the other way round",
        "operators/matrix_functions _frechet: (top, bottom) the other way round",
        "operators/matrix_powers _power_sum: (top, bottom) the other way round",
    ),
    "the map is from a space to itself: its domain is its codomain": (
        "maps/core IdentityMap.matrix: self.domain → .codomain",
        "maps/core compose: codomain → domain",
        "maps/core compose: domain → codomain",
        "maps/elementary Scaling.matrix: self.domain → .codomain",
        "maps/elementary Triangle.matrix: self.domain → .codomain",
        "maps/fuse RULES: N.domain → .codomain",
        "maps/fuse RULES: N.domain → .codomain #3",
        "maps/fuse RULES: N.domain → .codomain #4",
        "maps/fuse RULES: N.domain → .codomain #5",
        "maps/fuse RULES: N.domain → .codomain #7",
        "operators/linear _kronecker: one.codomain → .domain",
        "operators/matrix_functions FrechetMap.adjoint: self.codomain → .domain",
        "operators/matrix_functions FrechetMap.adjoint: self.domain → .codomain",
        "operators/matrix_powers PowerMap.adjoint: self.codomain → .domain",
        "operators/matrix_powers PowerMap.adjoint: self.domain → .codomain",
    ),
    "the matrix is square: its rows are its columns": (
        "calculus/structure on_vec: 0 → 1",
        "calculus/structure structured_shape: 0 → 1",
        "calculus/vecform _commute: 0 → 1 #9",
        "maps/elementary DiagonalMap.matrix: 0 → 1",
        "maps/elementary TraceMap.adjoint: 0 → 1",
        "maps/elementary TraceMap.matrix: 0 → 1",
        "operators/matrix_functions _cholesky: 0 → 1",
        "operators/matrix_functions _frechet: 0 → 1",
        "operators/matrix_powers PowerMap.matrix: 0 → 1",
        "operators/matrix_powers _power_sum: 0 → 1",
        "operators/spectral _eigenvector: 0 → 1",
        "operators/vech _vech: 0 → 1",
    ),
    "an image and its preimage have as many entries, or rows": (
        "maps/elementary DiagMap.matrix: self.domain → .codomain",
        "maps/elementary DiagonalMap.matrix: self.domain → .codomain",
        "maps/elementary UnvecMap.matrix: self.domain → .codomain",
        "maps/elementary VecMap.matrix: self.domain → .codomain",
    ),
    "δ makes the indices equal, and is symmetric": (
        "maps/elementary DiagMap.entries: into → out #2",
        "maps/elementary DiagonalMap.entries: out → into #2",
        "maps/elementary HadamardWith.entries: out → into",
        "maps/elementary Triangle.entries: out → into",
        "maps/elementary Triangle.entries: out → into #2",
        "maps/elementary Triangle.entries: out → into #3",
        "maps/elementary Triangle.entries: out → into #4",
    ),
    "a sign, a scaling or the symmetric part commutes with the other map": (
        "operators/determinants _inverse: sandwich(mul(-1, node), node, node.shape): mul(-1, node) and node swapped",
        "operators/matrix_functions _cholesky: compose(sandwich(node, ones(1, 1), shape), HadamardWith(shape, shap…: sandwich(lower, transpose(lower), shape) and symmetric swapped",
        "operators/matrix_functions _cholesky: compose(scaling(HALF, shape), sum_maps([scaling(S.One, shape), tran…: scaling(HALF, shape) and sum_maps([scaling(S.One, shape), transpose_map(shape)], shape, shape) swapped",
        "operators/matrix_functions _matrix_function: compose(at, scaling(c, shape)): at and scaling(c, shape) swapped",
        "operators/matrix_functions _pinv: sandwich(neg(p), p, shape): neg(p) and p swapped",
        "operators/reductions _logsoftmax: compose(scaling(S.NegativeOne, shape), _weighted_mean(Softmax.make(…: scaling(S.NegativeOne, shape) and _weighted_mean(Softmax.make(z)) swapped",
        "operators/reductions _softmax: compose(scaling(S.NegativeOne, shape), times_p, _weighted_mean(node)): scaling(S.NegativeOne, shape) and times_p swapped",
        "operators/spectral _polar_factor: sandwich(neg(q), q, (n, m)): neg(q) and q swapped",
        "operators/spectral _symmetric_part: compose(scaling(HALF, shape), both): scaling(HALF, shape) and both swapped",
    ),
    "P = I ⊗ X and Q = Xᵀ ⊗ I commute, and Σ PⁱQᵏ⁻¹⁻ⁱ is the same from either end": (
        "operators/matrix_powers PowerMap.matrix: (kron(identity(n), self.at), kron(transpose(self.at), identity(n))) the other way round",
    ),
    "left and right of a matrix: the two multiplications commute": (
        "calculus/structure on_vec: ((row_variable, True), (column_variable, False)) the other way round",
    ),
    "a scalar dX: dc ↦ A dc 1 is dc ↦ 1 dc A": (
        "operators/entrywise _hadamard_power: sandwich(hadamard(node, elementwise('log', a)), Integer(1), ()): hadamard(node, elementwise('log', a)) and Integer(1) swapped",
        "operators/entrywise _huber_pairs: sandwich(beyond, Integer(1), ()): beyond and Integer(1) swapped",
    ),
    "L ∘ identity is L, and nothing on the right of a Kronecker product is 1": (
        "operators/linear _kronecker: at + 1 → at - 1",
        "operators/linear _kronecker: compose(kronecker_left(alg.kron(*parts[:at]), one.codomain), one) without one",
        "operators/linear _kronecker: compose(kronecker_left(alg.kron(*parts[:at]), one.codomain), one): kronecker_left(alg.kron(*parts[:at]), one.codomain) and one swapped",
    ),
    "vec of a column is the column": (
        "operators/abstract _vector_field: into → out #2",
        "operators/abstract _vector_field: out → into",
    ),
    "the softmax of a column is exp(z − lse z)": (
        "operators/reductions _lse: S.One → S.NegativeOne",
    ),
    "twice zero is zero": (
        "operators/reductions _piecewise_constant: hadamard_with(alg.zero_like(node), shape_of(x)): alg.zero_like(node) doubled",
        "operators/summations OverSamples.matrix: mul(place, j): place and j swapped",
        "operators/summations sample: mul(c, Sample.make(core, index, Tuple(*shape)) if shape else Sample…: c and Sample.make(core, index, Tuple(*shape)) if shape else SampleNumber.… swapped",
        "operators/summations sample: mul(c, add(*(sample(t, index, shape) for t in core.args))): c and add(*(sample(t, index, shape) for t in core.args)) swapped",
        "operators/summations sample: mul(c, core.args[0]): c and core.args[0] swapped",
    ),
    "unvec of a column as a column is that column": (
        "operators/summations _sample: S.One → S.NegativeOne #3",
    ),
    "2‖A‖ A/‖A‖ is 2A": (
        "operators/scalars _pow: 2 → 3",
    ),
    "only the order of the lines counts, not their numbers": (
        "calculus/gradient levels: 0 → 1",
        "calculus/gradient levels: 1 → 2",
    ),
    "a commutation matrix is not joined with what stands on its left": (
        "calculus/vecform _tidy_product: 2 → 3 #2",
    ),
    "a name more for a cotangent, and names are expanded in the result": (
        "calculus/gradient gradient_only: False → True",
        "calculus/gradient gradient_steps: False → True",
    ),
    "scalars commute": (
        "calculus/jacobian _product: mul(vec(j), d): vec(j) and d swapped",
        "calculus/structure _projection: mul(HALF, add(eye, neg(turn))): HALF and add(eye, neg(turn)) swapped",
        "calculus/structure _projection: mul(HALF, add(eye, turn)): HALF and add(eye, turn) swapped",
        "calculus/structure _skew: mul(HALF, add(g, neg(transpose(g)))): HALF and add(g, neg(transpose(g))) swapped",
        "calculus/structure _symmetric: mul(HALF, add(g, transpose(g))): HALF and add(g, transpose(g)) swapped",
        "calculus/vecform _tidy_product: mul(node.coefficient, *out): node.coefficient and *out swapped",
        "calculus/wirtinger _term: mul(g, d): g and d swapped",
        "calculus/wirtinger complex_gradients: mul(2, plain[pair[1]]): 2 and plain[pair[1]] swapped",
        "maps/elementary Outer.apply: mul(d, self.array): d and self.array swapped",
        "maps/elementary Scaling.apply: mul(self.factor, d): self.factor and d swapped",
        "maps/elementary Scaling.matrix: mul(self.factor, identity(count(self.domain))): self.factor and identity(count(self.domain)) swapped",
        "maps/elementary sandwich: mul(coefficient, left): coefficient and left swapped",
        "maps/elementary sandwich: mul(coefficient, transpose(left), transpose(right)): coefficient and transpose(left) swapped",
        "maps/fuse RULES: mul(L.factor, N.array): L.factor and N.array swapped",
        "maps/fuse RULES: mul(L.factor, N.left): L.factor and N.left swapped",
        "maps/fuse RULES: mul(N.factor, L.array): N.factor and L.array swapped",
        "maps/fuse RULES: mul(N.factor, L.left): N.factor and L.left swapped",
        "operators/determinants _det: mul(node, transpose(inverse(x))): node and transpose(inverse(x)) swapped",
        "operators/determinants _inverse: mul(-1, node): -1 and node swapped",
        "operators/entrywise _hadamard_power: mul(p, hadamard_power(a, p - 1)): p and hadamard_power(a, p - 1) swapped",
        "operators/entrywise _huber_pairs: mul(delta, one_like(r)): delta and one_like(r) swapped",
        "operators/entrywise clip: mul(bound, one_like(r)): bound and one_like(r) swapped",
        "operators/entrywise row 'erf': mul(2 / sqrt(pi), elementwise('exp', neg(_power(x, 2)))): 2 / sqrt(pi) and elementwise('exp', neg(_power(x, 2))) swapped",
        "operators/linear _frobenius: alg.mul(2, a): 2 and a swapped",
        "operators/linear product_pairs: alg.mul(c, *factors[:at]): c and *factors[:at] swapped",
        "operators/matrix_functions _cholesky: mul(HALF, identity(n)): HALF and identity(n) swapped",
        "operators/reductions _lse: mul(node, ones(*z.shape)): node and ones(*z.shape) swapped",
        "operators/scalars _pow: mul(p * Pow(base, p - 2), a): p * Pow(base, p - 2) and a swapped",
        "operators/spectral _eigenvector: mul(Eigenvalue.make(*node.args), identity(shape[0])): Eigenvalue.make(*node.args) and identity(shape[0]) swapped",
        "operators/spectral _eigenvector: mul(HALF, add(x, transpose(x))): HALF and add(x, transpose(x)) swapped",
        "operators/spectral _singular_pair: mul(sigma ** 2, identity(n)): sigma ** 2 and identity(n) swapped",
        "operators/spectral _singular_pair: mul(sigma, left): sigma and left swapped",
        "operators/spectral _singular_pair: mul(sigma, node, transpose(node)): sigma and node swapped",
    ),
}  # fmt: skip

REASONS = {key: reason for reason, keys in EQUIVALENT.items() for key in keys}


def reason_of(mutant: Mutant) -> str | None:
    """Why it is the same program; None where it is another."""
    return REASONS.get(mutant.key)
