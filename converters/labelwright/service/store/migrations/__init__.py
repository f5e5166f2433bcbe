"""Changes of the tables: ``m0002`` leads from version 1 to version 2, each with ``change(connection)``."""
