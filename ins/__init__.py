"""The French national health identity (INS): matricules and the authorities that give them out.

Knows no XML, no CX and no store. [CI-SIS SM 3.5.5.12]
"""
