"""A task from its claim to its outputs: at the worker, and what its reports change."""
