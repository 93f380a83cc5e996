"""Health, metrics, the description of the API, the files of a frontend."""
