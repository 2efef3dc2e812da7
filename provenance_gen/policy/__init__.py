"""Policies from YAML, and what they find in measures."""
