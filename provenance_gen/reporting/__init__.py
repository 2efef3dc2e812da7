"""Reports from records: one context, many formats."""
