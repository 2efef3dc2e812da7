"""YAML to ``Policy``, with an error that names file, line and reason for whatever is wrong.

A policy file holds data only: no tags, no anchors, no repeated keys. Whoever writes one in the
wrong shape is told where; a broken or an empty file is never passed over in silence.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from provenance_gen import resources
from provenance_gen.errors import MissingPolicyError, PolicyError, UnknownPolicyError
from provenance_gen.policy import faults
from provenance_gen.policy.document import read
from provenance_gen.policy.faults import MISSING
from provenance_gen.policy.references import check
from provenance_gen.records.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

MAX_BYTES: Final = 512 * 1024
"""A hundred times a shipped policy; larger files are refused before they are parsed."""

MAX_FOREIGN: Final = 96 * 1024
"""The same for one that the user did not choose: some YAML takes long to read for its size."""

_TOO_LARGE: Final = "larger than any policy is"

_SHIPPED: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


def shipped() -> tuple[str, ...]:
    """Return the identifiers of the policies that come with the package, sorted."""
    names = (item.name for item in resources.policies().iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml")))


def load(name_or_path: str | Path) -> Policy:
    """Read a shipped policy by its identifier, or a file of the user's own by its path.

    A shipped identifier wins over a file of the same name; write ``./name`` for the file.

    Raises:
        PolicyError: there is no such policy, or the file cannot be used; with file and line.
    """
    return parse(*content(name_or_path))


def watched(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Return the policies whose forbidden statements a report on some policies is searched for.

    A policy that is not ours may forbid nothing, and state what no report may: then what any of
    ours forbids is looked for as well.
    """
    ours = shipped()
    if all(policy.id in ours and policy.forbidden_statements for policy in policies):
        return tuple(policies)
    known = {policy.id for policy in policies if policy.forbidden_statements}
    others = (load(name) for name in ours if name not in known)
    return (*policies, *(one for one in others if one.forbidden_statements))


def content(name_or_path: str | Path) -> tuple[bytes, str]:
    """Return the bytes of a policy file and its name for errors; see ``load``.

    Raises:
        PolicyError: there is no such policy, or the file cannot be read.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, str) and _SHIPPED.fullmatch(name) and name in shipped():
        return _read(resources.policies().joinpath(f"{name}.yaml"), name), f"{name}.yaml"
    path = Path(name_or_path)
    if not path.is_file():
        if not isinstance(name_or_path, str) or path.name != name or path.suffix:
            raise MissingPolicyError(name, "no such file")
        known = ", ".join(shipped())
        raise UnknownPolicyError(
            name, f"no such file, and no shipped policy of this name ({known})"
        )
    return _read(path, name), name


def parse(data: bytes, source: str, *, foreign: bool = False) -> Policy:
    """Read a policy from the bytes of a YAML file.

    Args:
        data: the bytes; UTF-8.
        source: name of the file, for the error.
        foreign: the user did not choose the file. Its ``forbidden_statements`` are left out, since
            an expression of a stranger can take a lifetime to search for.

    Raises:
        PolicyError: the bytes are no policy; with the line where it can be told.
    """
    if len(data) > (MAX_FOREIGN if foreign else MAX_BYTES):
        raise PolicyError(source, _TOO_LARGE)
    document = read(data, source)
    value = document.value
    if foreign:
        value.pop("forbidden_statements", None)
    try:
        # Through JSON, since strict validation there takes lists for tuples and text for enums,
        # and still refuses "1" for 1.
        policy = Policy.model_validate_json(json.dumps(value, allow_nan=False), strict=True)
    except ValidationError as error:
        found = faults.of_schema(error.errors(include_url=False))
        raise _all(source, [(document.line(place), words) for place, words in found]) from error
    except (TypeError, ValueError) as error:
        raise PolicyError(source, f"a value that policies do not hold: {error}") from error
    wrong = [(document.line(place), faults.named(place, words)) for place, words in check(policy)]
    if wrong:
        raise _all(source, wrong)
    return policy


def _all(source: str, found: list[tuple[int, str]]) -> PolicyError:
    """Return one error for all faults, by their lines; what is wrong before what is missing."""
    (line, reason), *others = sorted(found, key=lambda one: (one[1].endswith(MISSING), one[0]))
    return PolicyError(source, reason, line, others)


def _read(file: Path | Traversable, source: str) -> bytes:
    try:
        with file.open("rb") as stream:
            content: bytes = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise MissingPolicyError(source, f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise PolicyError(source, _TOO_LARGE)
    return content
