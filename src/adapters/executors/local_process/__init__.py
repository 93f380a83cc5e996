"""Tasks as processes of our own workers, handed out through the queue."""
