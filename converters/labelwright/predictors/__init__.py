"""Predictors, one file each: a public module defines its class as ``plugin`` (see ``contracts.Predictor``).

Nothing heavy is imported before a predictor is made; what it needs beyond the base install is an extra.
"""
