"""What build_samples.py is made of: the sources of others, composed scenes and original paintings (CC0)."""
