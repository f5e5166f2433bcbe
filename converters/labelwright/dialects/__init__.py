"""Dialects: the shapes of JSONL training files, one file each."""
