"""What stands behind the ports: one package per kind of neighbour."""
