"""Puts predictors to work: found by name, bound to a template, loaded, asked in batches, and checked."""
