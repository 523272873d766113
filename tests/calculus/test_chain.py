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


def test_branching_maps_are_described_in_words() -> None:
    derivation = mc.derive("h = tanh(Wx); r = Wᵀh − x; ½‖r‖²", wrt="W", detail="full")
    assert any("composition of the derivatives" in step.identity for step in derivation.steps)
    assert derivation.check()


def test_the_default_detail_has_no_narrative() -> None:
    derivation = mc.derive("½‖θ(Wx)‖²", wrt="W")
    assert not any(step.rule == "chain rule" for step in derivation.steps)
