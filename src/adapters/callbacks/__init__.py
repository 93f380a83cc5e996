"""How workers report to the backend."""
