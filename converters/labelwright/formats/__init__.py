"""Annotation file formats, one file each."""
