"""Rules of the language."""
