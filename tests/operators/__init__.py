"""The tests of the operators."""
