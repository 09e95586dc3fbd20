"""The French national health identity (INS): matricules, who gives them out, strict traits, and how far an identity is trusted.

Knows no CX, no CDA and no store. XML only in the client and the simulator of INSi. [Référentiel INS; RNIV; CI-SIS SM 3.5.5.12]
"""
