"""Expressions and derivations in print."""
