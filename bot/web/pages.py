"""What can a person do on our own pages? See a case, edit its draft, say why - as whoever the bot sent the link to."""
