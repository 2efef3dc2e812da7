"""An unsigned claim as a worker process found it: a plain value that crosses a process border.

A frozen dataclass rather than a record, so that the process that reads untrusted files need not
load pydantic. What a verdict shows of it is ``records.verdict.Claim``; the rest serves the checks.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FoundClaim:
    """What some tool, or somebody, wrote into a file. Values are as claimed; absent stays None."""

    tool: str
    """Name of the tool whose form the value has; anybody could have written it."""
    carrier: str
    """Where in the file it stands, such as ``PNG tEXt parameters``."""
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    """As decimal text: seeds go beyond what JSON readers keep exact."""
    steps: int | None = None
    sampler: str | None = None
    guidance: str | None = None
    """As decimal text, as it stands in the file."""
    model: str | None = None
    model_hash: str | None = None
    size: str | None = None
    """Width x height in pixels, such as ``1024x768``."""
    digital_source_type: str | None = None
    """As it stands in the file; from XMP only."""
    data_mining: str | None = None
    """What it says of mining and training (PLUS), as it stands in the file; from XMP only."""
    authors: tuple[str, ...] | None = None
    """Names of the authors (``dc:creator``), as they stand in the file; from XMP only."""
    raw_digest: str | None = None
    """SHA-256 of the carrier's value."""
    generator: bool = False
    """Whether it describes a run of a generator, as opposed to an upscaling or a bare label."""
    doubled: bool = False
    """Whether a name stands twice in the value, so that another reader may see another claim."""
