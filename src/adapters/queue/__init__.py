"""Queues on Huey; the only place that knows it."""
