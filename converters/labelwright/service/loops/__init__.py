"""What comes round by the clock: every module has ``loop``, a ``Loop``."""
