"""What was found in one file, before anything is judged: plain values that cross a process border.

The reader fills these in a child process; the parent checks their form and derives checks from
them (``credentials.checks``). Frozen dataclasses rather than records, so that the child need not
load pydantic: its start-up is most of what a verification costs. Nothing here is believed: every
text was written by whoever made the file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from provenance_gen.credentials.trust import Anchors
from provenance_gen.records.claim import FoundClaim  # noqa: TC001 - pydantic reads it when run
from provenance_gen.records.marks import FileMarks  # noqa: TC001 - and this

DEVELOPMENT_ORGANISATION: Final = "provenance-gen development (not a verified identity)"
"""Organisation in every development certificate; whoever reads it shall not take it for a name."""

RECORD_LABEL: Final = "org.provenance-gen.record"
"""Label of the assertion that ties a file to its ledger."""

NOT_ASKED: Final = "nobody asked for them"
"""Why the pixels were not decoded where nobody wanted their digest."""


@dataclass(frozen=True)
class StatusCode:
    """Something that was found wrong (C2PA 2.2, section 15.2)."""

    code: str
    url: str | None = None
    """Which part of the manifest it is about."""


@dataclass(frozen=True)
class CertificateReport:
    """The signing certificate as the manifest carries it."""

    name: str | None = None
    """Common name of the subject."""
    organisation: str | None = None
    issuer: str | None = None
    """Common name of the issuer, or its organisation."""
    algorithm: str | None = None
    serial: str | None = None
    not_before: str | None = None
    not_after: str | None = None

    @property
    def development(self) -> bool:
        """Whether it says of itself that it is a development certificate."""
        return self.organisation == DEVELOPMENT_ORGANISATION


@dataclass(frozen=True)
class ActionReport:
    """One action of the active manifest."""

    action: str
    when: str | None = None
    software: str | None = None
    digital_source_type: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Origin:
    """What a manifest says of where a picture, or something in it, comes from."""

    source_type: str
    """Digital source type as it stands there; or the label of an assertion on the use of AI."""
    whole: bool = True
    """Whether it is said of what all of the picture began with."""
    holds: bool = True
    """Whether what says so is as it was signed."""


_CREDENTIAL: Final = ("signingCredential.", "timeStamp.", "claimSignature.outsideValidity")
"""Beginnings of codes that speak of a certificate and its time, and not of what was signed."""


@dataclass(frozen=True)
class IngredientReport:
    """One ingredient, and what its own manifest, if it has one, came to."""

    title: str | None = None
    relationship: str | None = None
    has_manifest: bool = False
    failures: tuple[str, ...] = ()
    """Status codes recorded when it was taken in, and those that came up since."""
    origins: tuple[Origin, ...] = ()
    """What its own manifest, and those of its ingredients, say of its origin."""

    @property
    def altered(self) -> bool:
        """Whether it, or its manifest, is not as it was signed."""
        return any(not code.startswith(_CREDENTIAL) for code in self.failures)


@dataclass(frozen=True)
class CredentialReport:
    """Everything read from a file's manifest store."""

    presence: Literal["embedded", "sidecar", "remote", "unreadable", "none"]
    state: Literal["Trusted", "Valid", "Invalid"] | None = None
    """Validation state by the C2PA library, over all the anchors it was given."""
    vouched_by: str | None = None
    """Name of the list that leads to the signer's certificate."""
    error_code: str | None = None
    error: str | None = None
    """Why the manifest could not be read; or, where there is none, whose lies beside the file."""
    beside: str | None = None
    """Name of the file beside it in which those stand that cannot be read."""
    remote_url: str | None = None
    label: str | None = None
    claim_generator: str | None = None
    certificate: CertificateReport | None = None
    signed_at: str | None = None
    """Time by a time-stamp authority; the signer's own clock is not in a manifest."""
    actions: tuple[ActionReport, ...] = ()
    all_actions_included: bool = False
    origins: tuple[Origin, ...] = ()
    """What the active manifest itself says of the picture's origin."""
    ingredients: tuple[IngredientReport, ...] = ()
    deeper: tuple[IngredientReport, ...] = ()
    """Ingredients of ingredients, at any depth, about which something is wrong."""
    successes: tuple[str, ...] = ()
    """Codes of what was found right, each once."""
    informational: tuple[str, ...] = ()
    """Codes of what is neither right nor wrong, each once."""
    failures: tuple[StatusCode, ...] = ()
    record: dict[str, Any] | None = None
    """The record assertion as it stands in the file."""
    authors: tuple[str, ...] = ()
    """Whom it names as the authors; see ``credentials.parts.authors``."""
    training: dict[str, str] = field(default_factory=dict)
    """What it says of use by AI; see ``credentials.parts.training``."""
    manifest_digest: str | None = None
    """SHA-256 of the manifest store's bytes."""
    engine: str | None = None
    """Name and version of the library that validated."""

    @functools.cached_property
    def failure_codes(self) -> tuple[str, ...]:
        """Codes of what was found wrong, each once."""
        return tuple(dict.fromkeys(status.code for status in self.failures))


@dataclass(frozen=True)
class Inspection:
    """What a worker found out about one file."""

    readable: bool
    reason: str | None = None
    """Why nothing could be found out."""
    internal: bool = False
    """Whether that is a fault of this program, and says nothing about the file."""
    size: int | None = None
    file_digest: str | None = None
    media_type: str | None = None
    """Media type by the content; a file's name is not asked."""
    pixel_digest: str | None = None
    pixel_reason: str | None = None
    """Why the pixels could not be decoded."""
    credentials: CredentialReport | None = None
    engine: str | None = None
    claims: tuple[FoundClaim, ...] = ()
    """Unsigned claims, as they stand in the file."""
    marks: FileMarks | None = None
    """Marks on AI outside the credentials; None where nobody asked for them."""


Inspector = Callable[[Sequence[Path], Anchors], Sequence[Inspection]]
"""Reads files in another process, one answer for each in order; the studio hands it in."""
