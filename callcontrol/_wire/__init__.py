"""One tolerant reader for what the platform sends: JSON, kinds, records."""
