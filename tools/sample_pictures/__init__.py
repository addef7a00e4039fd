"""The pictures that build_samples.py makes itself: composed scenes and original paintings (CC0)."""
