"""What a person asked of an export, in its form: refused in a sentence where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provenance_gen.config import config_file, timestamp_authorities
from provenance_gen.errors import UsageError
from provenance_gen.records.export import Stated, Training

if TYPE_CHECKING:
    from provenance_gen.config import TimestampAuthority
    from provenance_gen.studio.export import Options


def stated(options: Options) -> Stated:
    """Return what the person puts into the file.

    Raises:
        UsageError: there is no such word on training, or conditions without it.
    """
    training = None
    if options.training is not None:
        training = one_of(Training, options.training, "training")
    if (training is Training.CONSTRAINED) != bool(options.conditions):
        raise UsageError(
            "training under conditions needs both: --training constrained and --training-conditions"
        )
    return Stated(author=options.author, training=training, conditions=options.conditions)


def authority(wanted: bool | str) -> TimestampAuthority | None:  # noqa: FBT001 - as it was asked
    """Find the time-stamp authority that is to be asked, in the user's configuration.

    Args:
        wanted: its name or kind; True for the first; False for none.

    Raises:
        UsageError: there is none of this name, or none at all.
    """
    if wanted is False:
        return None
    known = timestamp_authorities()
    found = [one for one in known if wanted is True or wanted in (one.name, one.kind)]
    if found:
        return found[0]
    how = "name one there, under timestamp_authorities: with its name, url and certificates"
    if not known:
        raise UsageError(f"no time-stamp authority is configured in {config_file()}; {how}")
    names = ", ".join(one.name for one in known)
    raise UsageError(
        f"no such time-stamp authority in {config_file()}; give one of {names}, or {how}"
    )


def one_of(kind: Any, value: str, what: str) -> Any:
    """Return a member of an enumeration by its word.

    Raises:
        UsageError: there is none; the words that there are are named.
    """
    try:
        return kind(value)
    except ValueError as error:
        names = ", ".join(each.value for each in kind)
        raise UsageError(f"no {what} {value!r}: give one of {names}") from error
