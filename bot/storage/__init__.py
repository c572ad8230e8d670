"""storage: the database. Rows never leave this package; frozen dataclasses do."""
