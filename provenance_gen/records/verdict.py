"""What ``verify`` says of a file: the contract of its ``--json`` output.

Schema ``provenance-gen/verdict/1``. A check that was not done is ``skipped`` with its reason.
"No credentials" never means "not AI", and "valid" never means "true".
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

from pydantic import BaseModel

from provenance_gen.records.base import Record
from provenance_gen.records.contract import json_schema

SCHEMA: Final = "provenance-gen/verdict/1"


class VerdictKind(StrEnum):
    """The file's verdict in one word."""

    TRUSTED = "trusted"
    """Valid, and the signer is on a public or explicitly given list."""
    VALID = "valid"
    """The credentials hold; nobody but the file vouches for who signed."""
    INVALID = "invalid"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


class CheckStatus(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class _Part(Record):
    """A part of a verdict. Few are at hand at a time, so that none shares its set of names."""

    model_post_init: ClassVar[Any] = BaseModel.model_post_init


class Check(_Part):
    """One numbered step of verification."""

    step: int
    id: str
    status: CheckStatus
    code: str | None = None
    """C2PA status code, or one of ours under ``provgen.``."""
    reason: str
    """One sentence: what was found, or why the step was skipped."""


class Signer(_Part):
    """Who signed, as the certificate claims it."""

    name: str | None = None
    issuer: str | None = None
    algorithm: str | None = None
    serial: str | None = None


class Trust(_Part):
    """Whether somebody vouches for the signer."""

    status: Literal["trusted", "own", "untrusted", "expired", "unknown"] = "unknown"
    list: str | None = None
    """Which list vouches."""
    dated: str | None = None
    """Day on which that list was installed; None for one that was given for this run."""


class Action(_Part):
    """One action of the active manifest."""

    action: str
    when: str | None = None
    software: str | None = None
    digital_source_type: str | None = None
    description: str | None = None


class Ingredient(_Part):
    """One ingredient of the active manifest."""

    title: str | None = None
    relationship: str | None = None
    status: Literal["valid", "invalid", "untrusted", "none"] = "none"
    failures: tuple[str, ...] = ()


class Credentials(_Part):
    """What the file's Content Credentials say."""

    presence: Literal["embedded", "sidecar", "remote", "unreadable", "stripped", "none"]
    remote_url: str | None = None
    claim_generator: str | None = None
    signer: Signer | None = None
    signed_at: str | None = None
    timestamped: bool = False
    trust: Trust = Trust()
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    failures: tuple[str, ...] = ()
    """Status codes of every failure in the active manifest."""
    authors: tuple[str, ...] = ()
    """Names that it gives as the authors'. Whoever signed wrote them; nobody checked one."""
    training: dict[str, str] = {}
    """What it says of use by AI, by entry (``ai_generative_training``, ``ai_inference``,
    ``ai_training``, ``data_mining``): ``allowed``, ``notAllowed`` or ``constrained``."""


class AiStatement(_Part):
    """What the file says about AI, and where."""

    statement: Literal["generated", "partly", "none", "unknown"] = "unknown"
    basis: str | None = None
    """Digital source type or tool that says so."""
    source: str | None = None
    """Where it was found: active manifest, ingredient, XMP, text chunk, ledger."""
    signed: bool = False


class Claim(_Part):
    """An unsigned claim that some tool left in the file; anybody could have written it.

    Absent values are None: nothing is filled in.
    """

    tool: str
    """Name of the tool whose form the claim has."""
    carrier: str
    """Where in the file it stands, such as ``PNG tEXt parameters``."""
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: str | None = None
    """As text: seeds go beyond what JSON readers keep exact."""
    steps: int | None = None
    sampler: str | None = None
    guidance: str | None = None
    model: str | None = None
    model_hash: str | None = None
    size: str | None = None
    """Width x height in pixels."""
    digital_source_type: str | None = None
    """What XMP states, as it stands there."""
    data_mining: str | None = None
    """What XMP says of mining and training by a term of PLUS, as it stands there."""
    authors: tuple[str, ...] | None = None
    """Names that XMP gives as the authors' (``dc:creator``), as they stand there."""
    raw_digest: str | None = None
    """SHA-256 of the carrier's value."""


class Match(_Part):
    """One image that a ledger at hand knows the file as."""

    work: str | None = None
    """Title of the work."""
    image: str
    """Name of the image, such as ``e1``."""
    event: int | None = None
    """Number of the event that says so."""
    exported_as: str | None = None
    """Name of the file as which it was exported; None where it was not."""
    when: str | None = None
    """When it was exported, or else recorded."""


class LedgerMatch(_Part):
    """Whether a ledger at hand knows the file."""

    status: Literal["matched", "modified", "not_comparable", "not_found", "not_checked"]
    """``not_comparable``: its pixels could not be decoded, and nothing else of it is known."""
    work: str | None = None
    """Of the first match, as are ``image`` and ``event``."""
    image: str | None = None
    event: int | None = None
    inclusion: bool | None = None
    """Whether the proof in the file leads to the checkpoint in the file."""
    checkpoint: bool | None = None
    """Whether the checkpoint's signature was checked against a known ledger key."""
    matches: tuple[Match, ...] = ()
    """Every image that was found: exports first, the latest first."""


class Tool(_Part):
    """What did the checking."""

    name: str = "provenance-gen"
    version: str
    c2pa: str


class Verdict(_Part):
    """Everything that ``verify`` found out about one file."""

    schema_: str = SCHEMA
    """Written as ``schema``."""
    file: str
    """Its name; bytes that are no text stand as ``\\xff``."""
    file_bytes: str | None = None
    """The name's bytes in base64, where it is no text in UTF-8; None where ``file`` is the name."""
    file_digest: str | None = None
    pixel_digest: str | None = None
    media_type: str | None = None
    verdict: VerdictKind
    summary: str
    checked_at: str
    tool: Tool
    checks: tuple[Check, ...]
    credentials: Credentials
    ai: AiStatement
    claims: tuple[Claim, ...] = ()
    record: LedgerMatch

    @staticmethod
    def json_schema() -> dict[str, object]:
        """Return the JSON Schema (draft 2020-12) of what ``as_json`` returns.

        It lies beside this module as ``verdict.schema.json``. Later versions of the program may
        add fields to it, and take none away.
        """
        return json_schema(Verdict, SCHEMA)

    def as_json(self) -> dict[str, object]:
        """Return the JSON value of the contract, in its order."""
        value = self.model_dump(mode="json")
        return {"schema": value.pop("schema_"), **value}

    def as_line(self) -> str:
        """Return ``as_json`` as one line in ASCII, since a terminal may be what reads it."""
        line = self.model_dump_json()
        if not line.isascii():  # the rarer case, and the slower one
            return json.dumps(self.as_json())
        return line.replace("schema_", "schema", 1)  # the first field's name
