"""One numbered step of verification: how a check is made, and which codes belong to which step.

Every failure code of a manifest belongs to exactly one step. Which check a code fails is said
here; what it means in words, in the modules of the steps.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from provenance_gen.records.verdict import Check, CheckStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

BINDING: Final = (
    "assertion.dataHash.",
    "assertion.bmffHash.",
    "assertion.boxesHash.",
    "assertion.collectionHash.",
    "assertion.multiAssetHash.",
    "claim.hardBindings.",
)
TIME: Final = ("signingCredential.expired", "timeStamp.", "claimSignature.outsideValidity")
TRUST: Final = ("signingCredential.",)
INGREDIENT: Final = ("ingredient.",)
"""Beginnings of the codes of steps 3, 6, 5 and 7; all others are step 4's."""

UNTRUSTED: Final = "signingCredential.untrusted"
EXPIRED: Final = "signingCredential.expired"
REFUSED: Final = (
    "signingCredential.invalid",
    "signingCredential.revoked",
    "signingCredential.ocsp.revoked",
)
"""Codes of a certificate that may not sign, whoever vouches for it."""

KEPT: Final = 256
"""Parts of verdicts of each kind that are kept: those of many files in a row say the same."""


def of(codes: Iterable[str], prefixes: tuple[str, ...]) -> list[str]:
    """Return the codes of a step, by the beginnings that are its."""
    found = [code for code in codes if code.startswith(prefixes)]
    # An expired certificate is a matter of time although its code speaks of the credential.
    return [code for code in found if prefixes is not TRUST or not code.startswith(TIME)]


@functools.lru_cache(KEPT)
def passed(step: int, name: str, code: str | None, reason: str) -> Check:
    """Return a check that passed."""
    return Check(step=step, id=name, status=CheckStatus.PASSED, code=code, reason=reason)


@functools.lru_cache(KEPT)
def failed(step: int, name: str, code: str, reason: str) -> Check:
    """Return a check that failed."""
    return Check(step=step, id=name, status=CheckStatus.FAILED, code=code, reason=reason)


@functools.lru_cache(KEPT)
def skipped(step: int, name: str, reason: str, code: str | None = None) -> Check:
    """Return a check that was not made, with the reason."""
    return Check(step=step, id=name, status=CheckStatus.SKIPPED, code=code, reason=reason)
