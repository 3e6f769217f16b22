"""The REST operations of the platform at the vendor's paths."""
