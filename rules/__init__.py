"""rules: what is true and what follows. Pure: no I/O, no clock; `now` is an argument."""
