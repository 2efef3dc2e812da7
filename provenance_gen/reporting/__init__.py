"""Reports: records to a page or to JSON. No computing of measures or findings."""
