"""One test file: its bytes, what is wrong with it, and what a verifier must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

CHECKS: Final = {
    1: "readable",
    2: "manifest",
    3: "binding",
    4: "signature",
    5: "trust",
    6: "time",
    7: "ingredients",
    8: "ledger",
    9: "claims",
    10: "ai",
}
"""The steps of a verdict by their identifiers, as docs/verdict.md has them."""

TOOL_FIELDS: Final = ("tool", "carrier")


@dataclass(frozen=True)
class Vector:
    """A test file and what is expected of it."""

    file: str
    """Its name below the folder of all; its ending tells the format that it claims."""
    wrong: str
    """What is wrong with it, in words; for those that are as they should be, that."""
    data: bytes
    verdicts: tuple[str, ...]
    """The verdict, or those of which any may be given (only of files that are cut short)."""
    failed: tuple[tuple[int, str | None], ...] | None = ()
    """Steps that must fail with their codes, and no others; None: at least one."""
    noted: tuple[tuple[int, str], ...] = ()
    """Steps that do not fail and have something to say, with their codes."""
    claims: tuple[tuple[str, str], ...] = ()
    """Tool and carrier of every unsigned claim in it."""
    ai: str | None = None
    """What is said about AI; None where nobody asks."""
    trust: str | None = None
    """What is said about the signer; None where nobody asks."""
    beside: bytes | None = None
    """A manifest that lies beside it."""

    def row(self) -> dict[str, Any]:
        """Return its entry in the index."""
        row: dict[str, Any] = {
            "file": self.file,
            "wrong": self.wrong,
            "verdict": list(self.verdicts),
            "failed": None if self.failed is None else [_step(*one) for one in self.failed],
            "noted": [_step(*one) for one in self.noted],
            "claims": [dict(zip(TOOL_FIELDS, one, strict=True)) for one in self.claims],
        }
        asked = {"ai": self.ai, "trust": self.trust}
        return row | {name: value for name, value in asked.items() if value}


def _step(step: int, code: str | None) -> dict[str, Any]:
    return {"step": step, "id": CHECKS[step], "code": code}
