"""The ground under both stores: one database, its transactions and its schema versions.

Knows no registry object and no document. SQL itself is spoken in the two ``store`` folders and here, nowhere else.
"""
