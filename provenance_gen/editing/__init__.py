"""The built-in editor's operations, and capture of edits made elsewhere."""
