"""Who somebody is: sign-in, passwords, SSH credentials, ways into clusters."""
