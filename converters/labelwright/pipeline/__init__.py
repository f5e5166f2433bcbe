"""The only composer: from a source to files and a report."""
