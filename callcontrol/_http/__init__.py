"""HTTP for the clients: connections, retries, failures, replies."""
