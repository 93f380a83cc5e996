"""From what a user sends to a stored job and its tasks in the queue."""
