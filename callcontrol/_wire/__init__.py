"""A tolerant reader of the platform's messages: JSON, kinds of values, records."""
