"""The envelope: SOAP 1.2, MTOM/XOP, WS-Addressing. Knows bytes and headers, and no word of what is carried."""
