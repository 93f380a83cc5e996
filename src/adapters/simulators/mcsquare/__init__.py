"""MCsquare: fast Monte Carlo of protons in voxels (UCLouvain, Apache-2.0)."""
