"""Images, films and sounds: found, looked at, and made ready for a training file."""
