"""Unsigned claims in image files. Everything read here is claimed, nothing is believed."""
