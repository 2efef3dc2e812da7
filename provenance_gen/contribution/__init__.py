"""Pure measures over records; no judgement."""
