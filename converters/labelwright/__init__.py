"""labelwright: human labelling turned into fine-tuning data that can be trusted."""

__version__ = "0.1.0"
