"""The chain-rule narrative of full detail: maps named one by one, then composed, every line true."""

from __future__ import annotations

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    ("text", "composition"),
    [
        ("½‖θ(Wx)‖²", "Df(W) = Df(z) ∘ Dz(W)"),
        ("z = Wx + b; a = σ(z); ½‖a − y‖²", "Df(W) = Df(r) ∘ Dr(a) ∘ Da(z) ∘ Dz(W)"),
    ],
)
def test_a_chain_of_maps_is_a_composition(text: str, composition: str) -> None:
    derivation = mc.derive(text, wrt="W", detail="full")
    assert composition in [step.identity for step in derivation.steps]
    assert derivation.check()


def test_several_variables_before_one_intermediate() -> None:
    derivation = mc.derive("K = X X' + s I; logdet(K)", wrt="X,s", where="X: n×p, s: scalar", detail="full")
    assert any(step.identity == "Df(X, s) = Df(K) ∘ DK(X, s)" for step in derivation.steps)
    assert derivation.check()


def test_where_maps_branch_the_rule_is_said_in_general() -> None:
    derivation = mc.derive("h = tanh(Wx); r = Wᵀh − x; ½‖r‖²", wrt="W", detail="full")
    assert any(step.identity == "D(g ∘ h)(x) = Dg(h(x)) ∘ Dh(x)" for step in derivation.steps)
    assert derivation.check()


def test_the_default_detail_has_no_narrative() -> None:
    derivation = mc.derive("½‖θ(Wx)‖²", wrt="W")
    assert not any(step.rule == "chain rule" for step in derivation.steps)


def test_names_in_one_string_are_a_list_of_names() -> None:
    text, where = "½‖W x_{1,2} + b‖²", "W: m×n, x_{1,2}: n, b: m"
    joint = mc.derive(text, wrt="W, x_{1,2}", where=where)
    assert joint.variables.keys() == {"W", "x_{1,2}"}
    assert joint.results == mc.derive(text, wrt=["W", "x_{1,2}"], where=where).results
