"""Phone calls in tests, inside the process."""
