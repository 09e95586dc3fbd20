"""A partner of its own: SOAP 1.2, MTOM, ebRIM and the ITI messages written and read a second time, from the papers alone."""
