"""The command ``callcontrol``; click and rich are imported in this package only."""
