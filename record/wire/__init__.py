"""Body elements ⇄ messages about records: HL7 v3 by our own codec, the typed services by spyne's. [DMP: TD0, TD1]

Reading refuses only a body of another kind; what is wrong inside is for the judges. Writing gives pieces of bytes, valid under the
published schemas, with every namespace they use declared.
"""
