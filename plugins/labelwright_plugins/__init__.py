"""Tools: one folder each, found by scanning. A tool imports no other tool."""
