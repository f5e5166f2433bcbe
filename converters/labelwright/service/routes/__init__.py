"""What the service answers: every module has ``routes(service)``, a list of Starlette routes."""
