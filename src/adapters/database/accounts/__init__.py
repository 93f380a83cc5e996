"""Users, their credentials and their sign-ins."""
