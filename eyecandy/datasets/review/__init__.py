"""Somebody looks through the results of many photos: what they decide, kept as it comes, and exported."""
