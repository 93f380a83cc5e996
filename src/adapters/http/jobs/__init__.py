"""Jobs of users: submitted, listed, watched, cancelled, removed."""
