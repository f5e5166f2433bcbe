"""CVAT: reader of exports and pulled projects, writer of its XML, client, installer."""

from labelwright_plugins.cvat.tool import Cvat

plugin = Cvat()
