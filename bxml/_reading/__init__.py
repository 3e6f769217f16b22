"""How XML text is read: decoding, positions, elements, and what is wrong."""
