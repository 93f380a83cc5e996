"""Registration, sign-in, sessions, passwords."""
