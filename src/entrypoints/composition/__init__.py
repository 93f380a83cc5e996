"""What joins adapters to ports: the containers, and the makers of their parts."""
