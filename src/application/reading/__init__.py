"""What users see of their jobs: lists, states, changes, results."""
