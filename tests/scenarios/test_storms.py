"""Many orders stand still for one reason: one card for all of them."""
