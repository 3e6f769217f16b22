"""A whole call as one Python function."""
