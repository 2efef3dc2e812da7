"""Policies: YAML files to records, and records to findings. No wording of reports."""
