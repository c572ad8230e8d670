"""Ours beside what a user would pick instead, measured in one run: `make bench`."""
