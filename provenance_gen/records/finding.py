"""What a policy finds in a work's record, and the measures it looks at."""

from __future__ import annotations

from enum import StrEnum

from provenance_gen.records.base import Count, Record
from provenance_gen.records.policy import Factor
from provenance_gen.records.work import Citation


class Evidence(StrEnum):
    """Whether the record holds material for a factor."""

    PRESENT = "present"
    """Material exists to be read. It says nothing of what the material is worth."""
    ABSENT = "absent"
    CONTRADICTING = "contradicting"
    NOT_APPLICABLE = "not_applicable"


class Measure(Record):
    """A count over the record, with the events it was counted from."""

    value: Count
    citations: tuple[Citation, ...] = ()


class Contribution(Record):
    """The measures of one work: pure counts and areas, no judgement.

    Facts whose basis is ``inferred`` and external edits that nobody confirmed are never counted,
    except where a field says so.
    """

    measures: dict[str, Measure]
    """By the names that ``contribution.measures`` documents."""


class Finding(Record):
    """What the record says about one factor."""

    factor: Factor
    evidence: Evidence
    citations: tuple[Citation, ...] = ()
    measures: dict[str, Count] = {}
    """The values that the conditions looked at."""
