"""How blobs are made small."""
