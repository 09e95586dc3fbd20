"""The doorway: bytes in, bytes out, and the only room that knows every other. Holds no rule of the standard."""
