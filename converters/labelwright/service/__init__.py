"""The service: takes webhooks in, keeps data sets up to date, and shows how they stand.

``config`` reads labelwright.toml, ``store`` holds the database, ``inbox`` takes deliveries, ``work``
rebuilds, ``loops`` do what comes round by the clock, ``routes`` answer. ``context`` is what they share.
"""
