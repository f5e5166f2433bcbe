"""Examples for the reference page on ``labelwright.toml``, by the table that they show.

Together they are one valid file, and those of predictors and ports name every key: a test sees to both.
"""

from __future__ import annotations

EXAMPLES = {
    "[service]": """
[service]
host = "0.0.0.0"
port = 8790
public_url = "https://labels.example"
data = "/var/lib/labelwright"
""",
    "[login]": """
[login]
token_file = "secrets/page-token"
""",
    "[tools.NAME]": """
[tools.label-studio]
url = "http://localhost:8080"
token_file = "secrets/label-studio"

[tools.doccano]
url = "http://localhost:8000"
username = "labelwright"
password_file = "secrets/doccano"
""",
    "[projects.NAME]": """
[projects.inbox]
tool = "label-studio"
project = "Inbox 2026"
template = "email-classification"
annotators = 3
""",
    "[projects.NAME.datasets.NAME]": """
[projects.inbox.datasets.train]
to = "openai"
split = "90/10"
min_agreement = 0.8
""",
    "[predictors.NAME]": """
[predictors.mails]  # asked at /ml/mails, /rest/mails, as mails of /nuclio
predictor = "patterns"  # or "./my_model.py:Model"
template = "email-classification"
controls = ["category"]
inputs = ["text"]
options = { file = "patterns.toml" }
labels = { help = "SUPPORT_REQUEST", spam = "" }  # spam: not wanted
tool = "label-studio"
media = ["pictures", "s3://bucket/prefix", "https://files.example"]
timeout = 10
share = 80  # percent of the items; --share and --lot-seed tell the report
seed = 7
learn_after = 600
""",
    "[listen.NAME]": """
[listen.nuclio]
port = 8070
host = "0.0.0.0"
allow = ["172.18.0.0/16"]
predictors_from = 8071
""",
    "[notify.NAME]": """
[notify.team]
kind = "slack"
url_file = "secrets/slack-url"
events = ["agreement.below-gate", "dataset.published"]
""",
}
