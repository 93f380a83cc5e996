"""The REST API on Falcon; HTTP is known nowhere else."""
