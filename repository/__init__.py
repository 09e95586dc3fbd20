"""The Document Repository actor: keeps the bytes of documents and gives them back as they came. [ITI TF-1: 10.1.1.4]

Judges no metadata but what the bytes can tell, asks no stored query, and knows the registry only as a link that it was given.
"""
