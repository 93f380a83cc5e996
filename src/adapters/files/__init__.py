"""Where task outputs wait for the merge."""
