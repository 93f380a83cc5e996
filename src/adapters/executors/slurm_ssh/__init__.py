"""Batch jobs on Slurm clusters over SSH; the only place that knows paramiko and Slurm."""
