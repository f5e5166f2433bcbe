"""Consensus rules: several answers made one, one file each."""
