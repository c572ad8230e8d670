"""channels: the ways words reach people, one file each."""
