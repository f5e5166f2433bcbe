"""doccano: reader of exports and pulled projects, client, installer, auto-labelling host."""

from labelwright_plugins.doccano.tool import Doccano

plugin = Doccano()
