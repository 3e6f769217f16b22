"""The command ``bxml``; click and rich are imported in this package only."""
