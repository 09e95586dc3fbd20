"""Seals: XML signatures in a closed profile, PDF signatures, certificates. Knows who signed what; never who is asking."""
