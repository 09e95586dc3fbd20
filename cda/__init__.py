"""Clinical documents in CDA R2: what their header says, and the DocumentEntry that follows from it.

Knows no storage, no envelope and no signature check. [HL7 CDA R2: 4.2; CI-SIS SM]
"""
