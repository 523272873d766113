"""The corpus of derivative cases, the oracle that knows what each derivative must be, and the scores. See FORMAT.md."""
