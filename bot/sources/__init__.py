"""sources: order systems, one file each, that become reported events."""
