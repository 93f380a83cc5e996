"""What simulation workers and clusters ask and report."""
