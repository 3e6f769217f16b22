"""The operations of the platform, each defined once for both clients."""
