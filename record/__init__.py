"""The patient's record: opened, read, changed, closed, and who is authorised on it. Knows no document, no envelope. [DMP: TD0, TD1]"""
