"""Records and authorisations as rows. SQL lives here and nowhere else in this room."""
