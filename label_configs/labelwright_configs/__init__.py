"""Templates: one folder of data each, found by scanning."""
