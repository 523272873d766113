"""Twenty functions whose derivatives are timed, in three sizes each, for JAX, for PyTorch and by the expert's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import experts


@dataclass(frozen=True)
class Problem:
    """A function, its derivative, and inputs to evaluate that at."""

    name: str
    expression: str
    wrt: Any
    where: str
    kind: str
    #: small, medium, large → the sizes.
    sizes: Mapping[str, Mapping[str, int]]
    #: (random generator, sizes) → the inputs, as declared.
    make: Callable[..., dict[str, Any]]
    #: (namespace, inputs) → the value of the function.
    jax: Callable[..., Any]
    torch: Callable[..., Any]
    #: Inputs → the derivative.
    expert: Callable[..., Any]
    #: About what memory automatic differentiation needs.
    ad_bytes: Callable[..., float] = lambda d: 0.0


def _pm1(rng, m):
    return np.where(rng.random(m) < 0.5, -1.0, 1.0)


def _spd(rng, n):
    a = rng.standard_normal((n, n)) / np.sqrt(n)
    return a @ a.T + np.eye(n)


PROBLEMS = [
    Problem(
        name="tanh_norm",
        expression="½‖θ(Wx)‖²",
        wrt="W",
        where="W: m×n, x: n, θ := tanh",
        kind="gradient",
        sizes=dict(small=dict(m=20, n=10), medium=dict(m=500, n=400), large=dict(m=3000, n=2000)),
        make=lambda r, d: dict(W=r.standard_normal((d["m"], d["n"])) / np.sqrt(d["n"]), x=r.standard_normal(d["n"])),
        jax=lambda j, W, x: 0.5 * j.sum(j.tanh(W @ x) ** 2),
        torch=lambda t, W, x: 0.5 * t.sum(t.tanh(W @ x) ** 2),
        expert=experts.tanh_norm,
    ),
    Problem(
        name="least_squares",
        expression="‖Ax − b‖²",
        wrt="x",
        where="A: m×n, x: n, b: m",
        kind="gradient",
        sizes=dict(small=dict(m=50, n=10), medium=dict(m=2000, n=500), large=dict(m=10000, n=1000)),
        make=lambda r, d: dict(
            A=r.standard_normal((d["m"], d["n"])), x=r.standard_normal(d["n"]), b=r.standard_normal(d["m"])
        ),
        jax=lambda j, A, x, b: j.sum((A @ x - b) ** 2),
        torch=lambda t, A, x, b: t.sum((A @ x - b) ** 2),
        expert=lambda A, x, b: ((A.dot(x) - b) * 2.0).dot(A),
    ),
    Problem(
        name="logistic_grad",
        expression="sum(log(1 + exp(−y ⊙ (X w))))",
        wrt="w",
        where="X: m×n, w: n, y: m",
        kind="gradient",
        sizes=dict(small=dict(m=50, n=10), medium=dict(m=2000, n=500), large=dict(m=10000, n=1000)),
        make=lambda r, d: dict(
            X=r.standard_normal((d["m"], d["n"])), w=r.standard_normal(d["n"]) / np.sqrt(d["n"]), y=_pm1(r, d["m"])
        ),
        jax=lambda j, X, w, y: j.sum(j.logaddexp(0.0, -y * (X @ w))),
        torch=lambda t, X, w, y: t.sum(t.nn.functional.softplus(-y * (X @ w))),
        expert=experts.logistic_grad,
    ),
    Problem(
        name="logistic_hess",
        expression="sum(log(1 + exp(−y ⊙ (X w))))",
        wrt="w",
        where="X: m×n, w: n, y: m",
        kind="hessian",
        sizes=dict(small=dict(m=50, n=10), medium=dict(m=2000, n=200), large=dict(m=4000, n=500)),
        make=lambda r, d: dict(
            X=r.standard_normal((d["m"], d["n"])), w=r.standard_normal(d["n"]) / np.sqrt(d["n"]), y=_pm1(r, d["m"])
        ),
        jax=lambda j, X, w, y: j.sum(j.logaddexp(0.0, -y * (X @ w))),
        torch=lambda t, X, w, y: t.sum(t.nn.functional.softplus(-y * (X @ w))),
        expert=experts.logistic_hess,
        ad_bytes=lambda d: 8.0 * d["m"] * d["n"] * 4,
    ),
    Problem(
        name="softmax_xent",
        expression="sum(log(exp(XW) 𝟏)) − tr(Yᵀ X W)",
        wrt="W",
        where="X: m×n, W: n×c, Y: m×c",
        kind="gradient",
        sizes=dict(small=dict(m=30, n=10, c=3), medium=dict(m=2000, n=200, c=20), large=dict(m=10000, n=784, c=100)),
        make=lambda r, d: dict(
            X=r.standard_normal((d["m"], d["n"])),
            W=r.standard_normal((d["n"], d["c"])) / np.sqrt(d["n"]),
            Y=np.eye(d["c"])[r.integers(0, d["c"], d["m"])],
        ),
        jax=lambda j, X, W, Y: j.sum(j.logsumexp(X @ W, axis=1)) - j.sum(Y * (X @ W)),
        torch=lambda t, X, W, Y: t.sum(t.logsumexp(X @ W, 1)) - t.sum(Y * (X @ W)),
        expert=experts.softmax_xent,
    ),
    Problem(
        name="matfac_grad",
        expression="‖T − U Vᵀ‖²",
        wrt="U",
        where="T: m×n, U: m×k, V: n×k",
        kind="gradient",
        sizes=dict(small=dict(m=20, n=15, k=3), medium=dict(m=500, n=400, k=5), large=dict(m=4000, n=3000, k=10)),
        make=lambda r, d: dict(
            T=r.standard_normal((d["m"], d["n"])),
            U=r.standard_normal((d["m"], d["k"])),
            V=r.standard_normal((d["n"], d["k"])),
        ),
        jax=lambda j, T, U, V: j.sum((T - U @ V.T) ** 2),
        torch=lambda t, T, U, V: t.sum((T - U @ V.T) ** 2),
        expert=experts.mf_grad,
    ),
    Problem(
        name="matfac_hess",
        expression="‖T − U Vᵀ‖²",
        wrt="U",
        where="T: m×n, U: m×k, V: n×k",
        kind="hessian",
        sizes=dict(small=dict(m=10, n=10, k=3), medium=dict(m=100, n=100, k=5), large=dict(m=250, n=250, k=5)),
        make=lambda r, d: dict(
            T=r.standard_normal((d["m"], d["n"])),
            U=r.standard_normal((d["m"], d["k"])),
            V=r.standard_normal((d["n"], d["k"])),
        ),
        jax=lambda j, T, U, V: j.sum((T - U @ V.T) ** 2),
        torch=lambda t, T, U, V: t.sum((T - U @ V.T) ** 2),
        expert=experts.mf_hess,
        ad_bytes=lambda d: 8.0 * d["m"] * d["k"] * d["m"] * d["n"] * 3,
    ),
    Problem(
        name="matfac_mask_hess",
        expression="‖O ⊙ (T − U Vᵀ)‖²",
        wrt="U",
        where="O: m×n, T: m×n, U: m×k, V: n×k",
        kind="hessian",
        sizes=dict(small=dict(m=10, n=10, k=3), medium=dict(m=100, n=100, k=5), large=dict(m=250, n=250, k=5)),
        make=lambda r, d: dict(
            O=(r.random((d["m"], d["n"])) < 0.3).astype(float),
            T=r.standard_normal((d["m"], d["n"])),
            U=r.standard_normal((d["m"], d["k"])),
            V=r.standard_normal((d["n"], d["k"])),
        ),
        jax=lambda j, O, T, U, V: j.sum((O * (T - U @ V.T)) ** 2),
        torch=lambda t, O, T, U, V: t.sum((O * (T - U @ V.T)) ** 2),
        expert=experts.mf_mask_hess,
        ad_bytes=lambda d: 8.0 * d["m"] * d["k"] * d["m"] * d["n"] * 3,
    ),
    Problem(
        name="mlp3_joint_grad",
        expression="½‖W3 θ(W2 θ(W1 X)) − Y‖²",
        wrt=("W1", "W2", "W3"),
        where="W1: p×n, W2: q×p, W3: c×q, X: n×m, Y: c×m, θ := tanh",
        kind="gradient",
        sizes=dict(
            small=dict(n=8, p=16, q=16, c=4, m=10),
            medium=dict(n=100, p=200, q=200, c=10, m=256),
            large=dict(n=784, p=1000, q=1000, c=10, m=1000),
        ),
        make=lambda r, d: dict(
            W1=r.standard_normal((d["p"], d["n"])) / np.sqrt(d["n"]),
            W2=r.standard_normal((d["q"], d["p"])) / np.sqrt(d["p"]),
            W3=r.standard_normal((d["c"], d["q"])) / np.sqrt(d["q"]),
            X=r.standard_normal((d["n"], d["m"])),
            Y=r.standard_normal((d["c"], d["m"])),
        ),
        jax=lambda j, W1, W2, W3, X, Y: 0.5 * j.sum((W3 @ j.tanh(W2 @ j.tanh(W1 @ X)) - Y) ** 2),
        torch=lambda t, W1, W2, W3, X, Y: 0.5 * t.sum((W3 @ t.tanh(W2 @ t.tanh(W1 @ X)) - Y) ** 2),
        expert=experts.mlp_grad,
    ),
    Problem(
        name="mlp_hess_W",
        expression="½‖θ(X Wᵀ) v − y‖²",
        wrt="W",
        where="W: h×n, X: m×n, v: h, y: m, θ := tanh",
        kind="hessian",
        sizes=dict(small=dict(m=20, n=5, h=4), medium=dict(m=200, n=20, h=20), large=dict(m=500, n=40, h=40)),
        make=lambda r, d: dict(
            W=r.standard_normal((d["h"], d["n"])) / np.sqrt(d["n"]),
            X=r.standard_normal((d["m"], d["n"])),
            v=r.standard_normal(d["h"]),
            y=r.standard_normal(d["m"]),
        ),
        jax=lambda j, W, X, v, y: 0.5 * j.sum((j.tanh(X @ W.T) @ v - y) ** 2),
        torch=lambda t, W, X, v, y: 0.5 * t.sum((t.tanh(X @ W.T) @ v - y) ** 2),
        expert=experts.mlp_hess,
        ad_bytes=lambda d: 8.0 * d["h"] * d["n"] * d["m"] * d["h"] * 4,
    ),
    Problem(
        name="gp_nlml",
        expression="½ yᵀ K⁻¹ y + ½ logdet K",
        wrt="K",
        where="K: n×n spd, y: n",
        kind="gradient",
        sizes=dict(small=dict(n=20), medium=dict(n=300), large=dict(n=1500)),
        make=lambda r, d: dict(K=_spd(r, d["n"]), y=r.standard_normal(d["n"])),
        jax=lambda j, K, y: 0.5 * y @ j.solve(K, y) + 0.5 * j.slogdet(K)[1],
        torch=lambda t, K, y: 0.5 * y @ t.linalg.solve(K, y) + 0.5 * t.linalg.slogdet(K)[1],
        expert=experts.gp,
    ),
    Problem(
        name="logdet_XtAX",
        expression="logdet(Xᵀ A X)",
        wrt="X",
        where="A: n×n spd, X: n×k",
        kind="gradient",
        sizes=dict(small=dict(n=30, k=5), medium=dict(n=500, k=50), large=dict(n=2000, k=200)),
        make=lambda r, d: dict(A=_spd(r, d["n"]), X=r.standard_normal((d["n"], d["k"]))),
        jax=lambda j, A, X: j.slogdet(X.T @ A @ X)[1],
        torch=lambda t, A, X: t.linalg.slogdet(X.T @ A @ X)[1],
        expert=experts.logdet,
    ),
    Problem(
        name="trace_inv",
        expression="tr(X⁻¹ A)",
        wrt="X",
        where="A: n×n, X: n×n",
        kind="gradient",
        sizes=dict(small=dict(n=10), medium=dict(n=200), large=dict(n=1000)),
        make=lambda r, d: dict(
            A=r.standard_normal((d["n"], d["n"])),
            X=r.standard_normal((d["n"], d["n"])) / np.sqrt(d["n"]) + 2 * np.eye(d["n"]),
        ),
        jax=lambda j, A, X: j.trace(j.solve(X, A)),
        torch=lambda t, A, X: t.trace(t.linalg.solve(X, A)),
        expert=experts.trinv,
    ),
    Problem(
        name="quadratic_hess",
        expression="xᵀ A x",
        wrt="x",
        where="A: n×n, x: n",
        kind="hessian",
        sizes=dict(small=dict(n=10), medium=dict(n=300), large=dict(n=2000)),
        make=lambda r, d: dict(A=r.standard_normal((d["n"], d["n"])), x=r.standard_normal(d["n"])),
        jax=lambda j, A, x: x @ A @ x,
        torch=lambda t, A, x: x @ A @ x,
        expert=lambda A, x: A + A.T,
        ad_bytes=lambda d: 8.0 * d["n"] ** 2 * 4,
    ),
    Problem(
        name="sigmoid_jac",
        expression="σ(W x + b)",
        wrt="W",
        where="W: m×n, b: m, x: n, σ := sigmoid",
        kind="jacobian",
        sizes=dict(small=dict(m=10, n=8), medium=dict(m=100, n=100), large=dict(m=300, n=300)),
        make=lambda r, d: dict(
            W=r.standard_normal((d["m"], d["n"])) / np.sqrt(d["n"]),
            b=r.standard_normal(d["m"]),
            x=r.standard_normal(d["n"]),
        ),
        jax=lambda j, W, b, x: j.sigmoid(W @ x + b),
        torch=lambda t, W, b, x: t.sigmoid(W @ x + b),
        expert=experts.sigmoid_jac,
        ad_bytes=lambda d: 8.0 * d["m"] ** 2 * d["n"] * 2,
    ),
    Problem(
        name="mahalanobis",
        expression="tr((X − 𝟏 muᵀ) S⁻¹ (X − 𝟏 muᵀ)ᵀ)",
        wrt="mu",
        where="X: m×n, mu: n, S: n×n spd",
        kind="gradient",
        sizes=dict(small=dict(m=50, n=5), medium=dict(m=2000, n=100), large=dict(m=10000, n=500)),
        make=lambda r, d: dict(X=r.standard_normal((d["m"], d["n"])), mu=r.standard_normal(d["n"]), S=_spd(r, d["n"])),
        jax=lambda j, X, mu, S: j.sum((X - mu).T * j.cho_solve(S, (X - mu).T)),
        torch=lambda t, X, mu, S: t.sum((X - mu).T * t.cholesky_solve((X - mu).T, t.linalg.cholesky(S))),
        expert=experts.mahalanobis,
    ),
    Problem(
        name="pca_reconstruction",
        expression="‖X − X V Vᵀ‖²",
        wrt="V",
        where="X: m×n, V: n×k",
        kind="gradient",
        sizes=dict(small=dict(m=30, n=10, k=3), medium=dict(m=1000, n=300, k=10), large=dict(m=8000, n=1000, k=20)),
        make=lambda r, d: dict(
            X=r.standard_normal((d["m"], d["n"])), V=r.standard_normal((d["n"], d["k"])) / np.sqrt(d["n"])
        ),
        jax=lambda j, X, V: j.sum((X - X @ V @ V.T) ** 2),
        torch=lambda t, X, V: t.sum((X - X @ V @ V.T) ** 2),
        expert=experts.pca,
    ),
    Problem(
        name="kronecker",
        expression="‖(A ⊗ B) x‖²",
        wrt="x",
        where="A: p×q, B: r×s, x: q·s",
        kind="gradient",
        sizes=dict(
            small=dict(p=5, q=5, r=5, s=5), medium=dict(p=24, q=24, r=24, s=24), large=dict(p=64, q=64, r=64, s=64)
        ),
        make=lambda r, d: dict(
            A=r.standard_normal((d["p"], d["q"])),
            B=r.standard_normal((d["r"], d["s"])),
            x=r.standard_normal(d["q"] * d["s"]),
        ),
        jax=lambda j, A, B, x: j.sum((j.kron(A, B) @ x) ** 2),
        torch=lambda t, A, B, x: t.sum((t.kron(A, B) @ x) ** 2),
        expert=experts.kron,
    ),
    Problem(
        name="logsumexp_hess",
        expression="log(sum(exp(A x + b)))",
        wrt="x",
        where="A: m×n, b: m, x: n",
        kind="hessian",
        sizes=dict(small=dict(m=50, n=10), medium=dict(m=2000, n=200), large=dict(m=4000, n=500)),
        make=lambda r, d: dict(
            A=r.standard_normal((d["m"], d["n"])),
            b=r.standard_normal(d["m"]),
            x=r.standard_normal(d["n"]) / np.sqrt(d["n"]),
        ),
        jax=lambda j, A, b, x: j.logsumexp(A @ x + b),
        torch=lambda t, A, b, x: t.logsumexp(A @ x + b, 0),
        expert=experts.lse_hess,
        ad_bytes=lambda d: 8.0 * d["m"] * d["n"] * 4,
    ),
    Problem(
        name="attention_grad_Q",
        expression="tr(Cᵀ softmax(Q Kᵀ / √d) V)",
        wrt="Q",
        where="Q: n×d, K: n×d, V: n×e, C: n×e",
        kind="gradient",
        sizes=dict(small=dict(n=16, d=8), medium=dict(n=256, d=64), large=dict(n=2048, d=64)),
        make=lambda r, d: {k: r.standard_normal((d["n"], d["d"])) for k in "QKVC"},
        jax=lambda j, Q, K, V, C: j.sum(C * (j.softmax(Q @ K.T / Q.shape[1] ** 0.5, axis=1) @ V)),
        torch=lambda t, Q, K, V, C: t.sum(C * (t.softmax(Q @ K.T / Q.shape[1] ** 0.5, 1) @ V)),
        expert=experts.attention,
    ),
]
