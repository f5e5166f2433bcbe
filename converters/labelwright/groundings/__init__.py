"""Notations: how places in an image are written into a training text, one file each.

Every public module defines ``plugin``, a ``labelwright.contracts.Notation``.
"""
