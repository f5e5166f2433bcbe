"""A predictor scored like an annotator, by the measures that people are scored by."""
