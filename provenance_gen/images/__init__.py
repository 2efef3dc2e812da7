"""Pixels: the store, safe decoding, identity and difference. Below every leaf."""
