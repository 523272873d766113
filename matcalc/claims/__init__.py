"""Second opinions: is this formula the derivative? Yes, or no with what is wrong and the smallest counterexample."""

from .opinion import Opinion, check_claim, claim_of, code_of

__all__ = ["Opinion", "check_claim", "claim_of", "code_of"]
