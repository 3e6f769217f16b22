"""Parts of the command ``bxml``; click and rich are imported here and in ``bxml.cli`` only."""
