"""Mutation testing of differentials and adjoints: `python -m tests.mutation`."""
