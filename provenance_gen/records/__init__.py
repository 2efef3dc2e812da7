"""Frozen records: what travels between rooms. No I/O, no torch, no SQL."""
