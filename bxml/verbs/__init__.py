"""Verb classes, grouped by what a caller does with them; importing one imports all.

The content of an element is known once all classes are.
"""

from bxml.verbs import audio, conference, flow, gather, recording, streaming, transfer

__all__ = ["audio", "conference", "flow", "gather", "recording", "streaming", "transfer"]
