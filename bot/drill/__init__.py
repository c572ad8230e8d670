"""The fire drill for the team: a scripted disaster, and how they dealt with it."""
