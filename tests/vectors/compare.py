"""Hold what ``provgen verify --json`` printed against the index of the test files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.vectors.vector import TOOL_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable


def differences(expected: dict[str, Any], verdict: dict[str, Any]) -> list[str]:
    """Return in which points a verdict is not the one expected; none where it is.

    Args:
        expected: the file's entry in the index.
        verdict: the line that was printed for it.
    """
    failed = [_step(one) for one in verdict["checks"] if one["status"] == "failed"]
    noted = [_step(one) for one in verdict["checks"] if one["status"] != "failed"]
    found = []
    if verdict["verdict"] not in expected["verdict"]:
        found.append(f"verdict {verdict['verdict']}, not {' or '.join(expected['verdict'])}")
    if expected["failed"] is None:
        found += [] if failed else ["nothing failed"]
    elif failed != expected["failed"]:
        found.append(f"failed {_words(failed)}, not {_words(expected['failed'])}")
    found += [f"not noted: {_words([one])}" for one in expected["noted"] if one not in noted]
    claims = [{name: claim[name] for name in TOOL_FIELDS} for claim in verdict["claims"]]
    if claims != expected["claims"] and verdict["verdict"] != "unreadable":
        found.append(f"claims {claims}, not {expected['claims']}")
    said = {
        "ai": verdict["ai"]["statement"],
        "trust": verdict["credentials"]["trust"]["status"],
    }
    found += [
        f"{name} {value}, not {expected[name]}"
        for name, value in said.items()
        if value != expected.get(name, value)
    ]
    passed = {one["id"] for one in verdict["checks"] if one["status"] == "passed"}
    if verdict["ai"]["signed"] and not {"binding", "signature"} <= passed:
        found.append("a statement on AI is called signed, and the signature does not hold")
    return found


def _step(check: dict[str, Any]) -> dict[str, Any]:
    return {name: check[name] for name in ("step", "id", "code")}


def _words(steps: Iterable[dict[str, Any]]) -> str:
    return ", ".join(f"{one['step']} {one['id']} [{one['code']}]" for one in steps) or "nothing"
