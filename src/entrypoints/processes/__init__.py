"""What is started: web application, workers, supervisor, runs in the foreground."""
