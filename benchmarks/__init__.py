"""What `make bench` measures, and beside it what the older backend gave."""
