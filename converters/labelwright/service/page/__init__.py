"""The page at ``/``: what is asked of the database, how it is said, and how it looks."""
