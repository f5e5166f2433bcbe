"""Label Studio: export reader, client, installer."""

from labelwright_plugins.label_studio.tool import LabelStudio

plugin = LabelStudio()
