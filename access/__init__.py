"""Who asks, and what they may: assertion, rights, sight. Knows the language of sharing and seals; no HTTP, no SQL, no clock."""
