"""Rebuilds: durable workflows that run each in a process of its own."""
