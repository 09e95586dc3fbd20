"""The Document Source and Document Consumer side: what the command's verbs speak to a service, and a demonstration.

Knows no actor and no store: everything goes over the wire. [ITI TF-1: 10.1.1.1, 10.1.1.2]
"""
