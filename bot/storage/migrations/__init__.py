"""migrations: how the schema came to be, one file a step, in SQL that both databases read."""
