"""web: the HTTP side - intake, callback, reads, pages."""
