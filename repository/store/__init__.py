"""What the repository keeps: bytes by their digest in files, and the index that says which uniqueId they are."""
