"""A user stops a job or removes it."""
