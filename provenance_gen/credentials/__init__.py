"""Content Credentials (C2PA): made, signed, read. The only room that imports c2pa."""
