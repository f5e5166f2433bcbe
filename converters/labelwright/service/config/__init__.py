"""The service's configuration: labelwright.toml."""
