"""What tasks leave for the merge: outputs that were looked at, ends of logs."""
