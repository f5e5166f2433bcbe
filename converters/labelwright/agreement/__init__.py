"""Agreement between annotators: coefficients, distances per value kind, bootstrap."""
