"""The append-only, hash-chained record of events, and what proves it."""
