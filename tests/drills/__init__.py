"""Services broken on purpose: a test that looks for a fault must see it where it is."""
