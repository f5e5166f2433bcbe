"""Orders items so that the answers that teach most come first: active learning."""
