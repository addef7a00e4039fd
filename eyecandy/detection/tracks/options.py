"""Every knob of following with its default. Importing it is instant."""

EVERY = 3
"""Frames from one look of the network to the next."""
PATIENCE = 1.0
"""Seconds that a thing which is not found again is carried along, and looked for."""
