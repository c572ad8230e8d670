"""handlers: when X happens - load, decide, word, save. Async, and free of vendor names."""
