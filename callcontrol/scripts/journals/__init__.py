"""Journals: where runs of call scripts are kept."""
