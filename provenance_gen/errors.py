"""Every error this package raises on purpose.

::

    ProvenanceError
    ├── UsageError                  asked for something that cannot be done as asked
    │   ├── StudioNotFoundError     no studio here or above
    │   ├── StudioExistsError       there is one already
    │   ├── ForeignStudioError      a studio this user did not make: read, never trusted or written
    │   ├── FrozenStudioError       one's own, rolled back, in two copies or read-only: only read
    │   ├── UnknownReferenceError   no such work, image, attempt or edit
    │   ├── MissingExtraError       an optional library is not installed
    │   └── SettingsError           a settings file that cannot be understood
    ├── ImageError                  pixels that cannot be used as asked
    │   └── UnreadableImageError    bytes that are no image we can decode
    ├── GenerationError             the generator could not run
    │   └── ModelError              a model that cannot be found, loaded or accepted
    │       └── MissingModelError   it, or a file of it, is not there or cannot be loaded
    ├── FileError                   a file that was named is missing, or is not what it should be
    ├── LedgerError                 the ledger could not be read or written
    │   ├── CanonicalFormError      a value outside the profile of event bodies
    │   ├── LedgerBrokenError       a check of the ledger failed, at a named event
    │   ├── LedgerForkError         signing would contradict a head that was vouched for earlier
    │   ├── LedgerVersionError      written by a newer version
    │   └── AnchorError             no time-stamp was given, or one that cannot be believed
    ├── CredentialError             Content Credentials could not be made or read
    │   └── SigningError            no signed file was produced
    ├── FetchError                  what lies at an address could not be fetched
    ├── PolicyError                 a policy file that cannot be used, with file and line
    │   ├── MissingPolicyError      it is not there, or cannot be read
    │   ├── PolicyKindError         it is of another kind than is asked for
    │   └── UnknownPolicyError      no policy of that name comes with the program
    ├── GateError                   a gate of a policy stopped what was to be generated
    ├── ReportError                 a form of the report that cannot be written here
    ├── ResourceError               a file shipped with the package is missing
    ├── CalledOffError              a person was asked and said no, which is nobody's fault
    └── StorageError                the disk is full, or a file could not be written

Errors carry facts; the command line chooses words and exit codes. Errors of third-party
libraries are wrapped where they enter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ProvenanceError(Exception):
    """The root of the tree: catch this to catch everything we raise on purpose."""


class UsageError(ProvenanceError):
    """Asked for something that cannot be done as asked; the message says what to do."""


class StudioNotFoundError(UsageError):
    """No studio in the folder or any folder above it.

    Attributes:
        start: the folder where the search began.
    """

    def __init__(self, start: Path) -> None:
        self.start = start
        super().__init__(f"no studio in {start} or above it; make one with: provgen init")


class StudioExistsError(UsageError):
    """A studio stands where one was to be made.

    Attributes:
        root: the folder that already holds a studio.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        super().__init__(f"{root} is a studio already; nothing was changed")


class ForeignStudioError(UsageError):
    """A studio that this user did not make; it may be read, but not trusted or written."""


class FrozenStudioError(UsageError):
    """A studio of this user that may be read and not written as it is now.

    Its ledger is older than what was seen of it, or lies there twice, or its folder cannot be
    written; the message says which, and what to do.
    """


class UnknownReferenceError(UsageError):
    """A name that stands for nothing recorded.

    Attributes:
        reference: what was asked for, such as ``7.2``.
        nearest: existing names that come closest, best first.
    """

    def __init__(
        self, kind: str, reference: str, nearest: Sequence[str] = (), *, hint: str | None = None
    ) -> None:
        self.reference = reference
        self.nearest = tuple(nearest)
        if hint is None:
            hint = f"nearest: {', '.join(nearest)}" if nearest else "nothing is recorded yet"
        super().__init__(f"no {kind} named {reference!r}; {hint}")


class MissingExtraError(UsageError):
    """An optional library is needed and not installed.

    Attributes:
        extra: the name of the extra that brings it.
    """

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{purpose} needs: pip install 'provenance-gen[{extra}]'")


class SettingsError(UsageError):
    """A settings file that cannot be understood; the message names file and field."""


class ImageError(ProvenanceError):
    """Pixels that cannot be used as asked."""


class UnreadableImageError(ImageError):
    """Bytes that are no image, a damaged one, or one larger than the limits allow."""


class GenerationError(ProvenanceError):
    """The generator could not run; the attempt is in the ledger as failed."""


class ModelError(GenerationError):
    """A model that cannot be found, loaded or accepted."""


class MissingModelError(ModelError):
    """A model, or a file of one, that is not there or cannot be loaded."""


class FileError(ProvenanceError):
    """A file that was named is missing, cannot be read, or does not hold what it should."""


class LedgerError(ProvenanceError):
    """The ledger could not be read or written."""


class CanonicalFormError(LedgerError):
    """A value outside the profile of event bodies.

    Attributes:
        path: JSON pointer (RFC 6901) to the offending value.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"{path or '/'}: {reason}")


class LedgerBrokenError(LedgerError):
    """A check of the ledger failed.

    Attributes:
        sequence: number of the first event concerned, or None where none can be named.
    """

    def __init__(self, reason: str, sequence: int | None = None) -> None:
        self.sequence = sequence
        super().__init__(reason if sequence is None else f"event {sequence}: {reason}")


class LedgerForkError(LedgerError):
    """Signing this ledger's head would contradict a head that was vouched for earlier."""


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer version of this program."""


class AnchorError(LedgerError):
    """No time-stamp was given, or one that cannot be believed; work goes on without it."""


class CredentialError(ProvenanceError):
    """Content Credentials could not be made or read."""


class SigningError(CredentialError):
    """No signed file was produced; the destination is as it was."""


class FetchError(ProvenanceError):
    """What lies at an address on the network could not be fetched; the message says why."""


class PolicyError(ProvenanceError):
    """A policy file that cannot be used.

    Attributes:
        source: name of the file.
        line: line number counted from 1, or None where it cannot be told.
        reason: what is wrong with it.
        others: what else is wrong with it, each with its line or None; the message holds the first
            fault only.
    """

    def __init__(
        self,
        source: str,
        reason: str,
        line: int | None = None,
        others: Sequence[tuple[int | None, str]] = (),
    ) -> None:
        self.source = source
        self.reason = reason
        self.line = line
        self.others = tuple(others)
        more = f" (and {len(others)} more)" if others else ""
        super().__init__(f"{source}{f':{line}' if line else ''}: {reason}{more}")


class MissingPolicyError(PolicyError):
    """A policy file that is not there, or cannot be read."""


class PolicyKindError(PolicyError):
    """A policy of another kind than is asked for, such as one for reports named as a gate."""


class UnknownPolicyError(PolicyError):
    """A name that is neither a policy of this program nor a file."""


class GateError(ProvenanceError):
    """A gate of a policy stopped what was to be generated; the model was not run.

    Attributes:
        fired: policy and factor of each gate that fired and was not overridden.
        overridable: whether a reason would have let it go on.
    """

    def __init__(self, reason: str, fired: Sequence[tuple[str, str]], *, overridable: bool) -> None:
        self.fired = tuple(fired)
        self.overridable = overridable
        super().__init__(reason)


class ReportError(ProvenanceError):
    """A form of the report cannot be written here; the message says what is missing."""


class ResourceError(ProvenanceError):
    """A file shipped with the package is missing: the installation is damaged."""


class CalledOffError(ProvenanceError):
    """A person was asked whether to go on and said no; the message says how things stand."""


class StorageError(ProvenanceError):
    """A file could not be written, most often because the disk is full."""
