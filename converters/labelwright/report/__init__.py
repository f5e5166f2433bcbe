"""The report of a run: one value, several renderings."""
