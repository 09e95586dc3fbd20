"""The ground under all that reads XML: one hardened parser, and the namespaces. Knows no protocol."""
