"""Where processes start: settings, the container, the web application, workers, commands."""
