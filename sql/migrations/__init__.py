"""One file a schema version, each run once and in order."""
