"""bot: everything that touches network, disk, clock or process. The top floor; it may import all below."""
