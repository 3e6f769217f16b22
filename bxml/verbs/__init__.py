"""Verb classes, grouped by what a caller does with them."""
