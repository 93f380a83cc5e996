"""Batch jobs on users' Slurm clusters: submitted, followed, brought in, swept away."""
