"""The policies of an evidence bundle, which anybody may have written.

Those that are byte for byte this version's are read here; others in a process of their own, since
YAML can be made that takes long to read for its size.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from provenance_gen.errors import PolicyError
from provenance_gen.policy.loader import parse
from provenance_gen.records.policy import Policy
from provenance_gen.studio import aside, own_fault
from provenance_gen.studio.child import Limits

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from provenance_gen.records.evidence import Evidence

FOLDER: Final = "policies/"
LIMITS: Final = Limits(seconds=60.0)
"""For all policies of a bundle together."""

_READER: Final = "provenance_gen.studio.policy_reader"


def file_of(name: str) -> str:
    """Return the name of a policy's file in the bundle."""
    return f"{FOLDER}{name}.yaml"


def read(
    parts: Mapping[str, bytes],
    about: Evidence,
    foreign: Container[str],
    limits: Limits = LIMITS,
) -> list[Policy]:
    """Read the policies that a bundle names, in its order.

    Args:
        parts: its files.
        about: what it says of itself.
        foreign: those of them that are not this version's; see ``policy.loader.parse``.
        limits: what the process that reads those may use.

    Raises:
        PolicyError: one cannot be used or read within the limits, or calls itself otherwise than
            its file.
        KeyError: one is missing.
    """
    files = {name: parts[file_of(name)] for name in about.policies}
    strange = {name: data for name, data in files.items() if name in foreign}
    known = _aside(strange, limits) if strange else {}
    loaded = [known.get(name) or parse(data, file_of(name)) for name, data in files.items()]
    for name, policy in zip(files, loaded, strict=True):
        if policy.id != name:
            raise PolicyError(file_of(name), f"it calls itself {policy.id}")
    return loaded


def _aside(files: Mapping[str, bytes], limits: Limits) -> dict[str, Policy]:
    asked = [(file_of(name), base64.b64encode(data).decode()) for name, data in files.items()]
    request = json.dumps(asked).encode()
    told, why = aside.ask(_READER, request, f"{limits.seconds:g}", limits=limits)
    answers = told.split(b"\n")[:-1]
    found: dict[str, Policy] = {}
    for name, answer in zip(files, answers, strict=False):
        try:
            value = json.loads(answer)
            if "fault" in value:
                raise own_fault.FaultError(str(value["fault"]))
            if "reason" in value:
                raise PolicyError(file_of(name), value["reason"], value["line"])
            found[name] = Policy.model_validate_json(json.dumps(value["policy"]), strict=True)
        except (ValidationError, ValueError, LookupError, TypeError) as error:
            raise PolicyError(file_of(name), "the worker that read it made no sense") from error
    # The first without an answer is what the process was at when it ended.
    for name in list(files)[len(answers) :]:
        raise PolicyError(file_of(name), why or "the worker that read it gave no answer")
    return found
