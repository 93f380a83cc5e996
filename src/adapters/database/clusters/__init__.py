"""Clusters, and the batch jobs on them."""
