"""Call control."""
