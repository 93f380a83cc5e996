"""What every resource speaks: answers, JSON, queries, errors, and their common base."""
