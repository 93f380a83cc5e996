"""From the end of the last task to stored results, whole or partial."""
