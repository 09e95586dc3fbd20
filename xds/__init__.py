"""The language of document sharing: metadata values, messages, the tables of the standard.

Knows no SOAP, no SQL and no clock. [ITI TF-3: 4]
"""
