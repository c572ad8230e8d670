"""replies: every word the bot says, as pure functions. Data in, text or card out."""
