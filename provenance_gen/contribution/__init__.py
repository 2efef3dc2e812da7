"""Pure measures over records: attempts, revisions, selections, edits. No judgement."""
