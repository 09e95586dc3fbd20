"""The Document Registry actor: metadata of documents, found again by query. [ITI TF-1: 10.1.1.3]

Opens no document and knows no repository.
"""
