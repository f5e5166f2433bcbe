"""Tells others what has happened: signed webhooks, and lines for a chat."""
