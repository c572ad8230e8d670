"""Peers that need packages which are not in our lock: they run in .venv-peers."""
