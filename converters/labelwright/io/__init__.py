"""Files: written whole or not at all, read in a stream, guarded."""
