"""What the registry keeps, in SQL: wide rows to find by, and each object's own ebRIM to answer with."""
