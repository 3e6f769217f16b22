"""Parts of the command ``callcontrol``; click and rich are imported here and in ``cli`` only."""
