"""Shapes in absolute pixels, exact conversions between them, and the masks of three tools."""
