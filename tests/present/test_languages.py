"""The catalogues of sentences: the same phrases in every language, and every rule with a name in each."""

from __future__ import annotations

import pytest

import matcalc as mc
from matcalc.calculus.chain import REFERENCE
from matcalc.operators import OPERATORS
from matcalc.present.templates import speaking, words
from matcalc.present.tongue import LANGUAGES

FOLDERS = ("words", "notes", "forms", "rules")
OTHERS = [language for language in LANGUAGES if language != "en"]


def macros(folder: str, language: str) -> set[str]:
    with speaking(language):
        module = words(folder)
    return {name for name in dir(module) if not name.startswith("_") and callable(getattr(module, name))}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_phrase_is_there_in_every_language(folder: str, language: str) -> None:
    assert macros(folder, language) == macros(folder, "en")


def names_of_rules() -> set[str]:
    found = {operator.rule for operator in OPERATORS.values()}
    found |= {rule.name for rule in mc.rules() if rule.group == "Frobenius product"}
    assert REFERENCE
    return found | {"square of a norm", "chain rule", "matrix on vec", "Hadamard product as a matrix"}


@pytest.mark.parametrize("language", OTHERS)
def test_every_rule_has_a_name_in_every_language(language: str) -> None:
    with speaking(language):
        names = words("rules").names
    missing = sorted(name for name in names_of_rules() if name not in names)
    assert not missing


def test_reasons_are_given_for_rules_that_exist_and_in_every_language() -> None:
    with speaking("en"):
        english = set(words("rules").reasons)
    assert english <= names_of_rules()
    assert {"product rule", "inverse", "cyclic property of the trace", "chain rule"} <= english
    for language in OTHERS:
        with speaking(language):
            assert set(words("rules").reasons) == english


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "needs X invertible"),
        ("de", "Voraussetzung: X invertierbar"),
        ("es", "requiere X invertible"),
        ("zh", "条件：X 可逆"),
    ],
)
def test_a_derivation_speaks_the_language_asked_for(language: str, said: str) -> None:
    d = mc.derive("|X|", wrt="X")
    assert said in d.text(language=language)
    assert "is the determinant" not in d.text(language=language) or language == "en"
    assert d.text() == d.text(language="en")  # what one call spoke does not stay
    for render in (d.latex, d.markdown, d.html):
        assert render(language=language)


#: Formulas with a kink: by the variable x, X or S.
KINKS = {
    "x": ("sum(abs(x))", "sum(relu(x))", "sum(leaky_relu(x))", "max(x)", "sum(max(x, y))", "norm2(x)"),
    "X": ("‖X‖_2", "‖X‖_*", "det(X)"),
    "S": ("λ_max(S)",),
}


def _kinks() -> set[str]:
    """The clauses that say what holds at a kink."""
    asked = [(wrt, formula) for wrt, formulas in KINKS.items() for formula in formulas]
    found = [mc.derive(formula, wrt=wrt, where="S: n×n symmetric", check=False) for wrt, formula in asked]
    rules = [rule for d in found for step in d.steps for rule in step.rules]
    return {clause for rule in rules for clause in rule.kink.split("; ") if clause}


def test_what_holds_at_a_kink_is_said_in_every_language() -> None:
    clauses = _kinks()
    assert {"the code takes 0", "at a tie ∂ is the convex hull of the e"} <= clauses
    for language in OTHERS:
        with speaking(language):
            assert clauses <= set(words("rules").kinks)


def test_words_in_an_identity_are_translated() -> None:
    text = mc.derive("max(x)", wrt="x", where="x: n").text(language="de", detail="full")
    assert "e(A) der Indikator des größten Eintrags" in text
    assert "die konvexe Hülle der e" in text


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(mc.MatcalcError, match="language='fr' is not known"):
        mc.derive("xᵀx").text(language="fr")
