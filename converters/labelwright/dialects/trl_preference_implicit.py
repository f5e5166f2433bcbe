"""TRL preference rows without a prompt: ``chosen`` and ``rejected`` hold the whole conversation.

TRL takes as the prompt what both begin with. Checked as ``trl-preference`` is.
"""

from __future__ import annotations

from labelwright.contracts import Dialect
from labelwright.dialects.trl_preference import TrlPreference

plugin: Dialect = TrlPreference("trl-preference-implicit", "TRL preference (implicit prompt)", implicit=True)
