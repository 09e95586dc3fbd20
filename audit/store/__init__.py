"""Journal and outbox as rows. SQL lives here and nowhere else in this room."""
