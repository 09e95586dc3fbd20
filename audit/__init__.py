"""Who did what: the access journal of a record, the notices it owes, and ATNA's audit messages. [ITI TF-1: 9; DMP: traces]"""
