"""Step 7 of verification: the files that went into this one, and those that went into them. Pure.

The C2PA library's word on a file says nothing of its ingredients (C2PA 2.2, section 15.11): a
picture made from an altered one is as it was signed. A certificate that has expired since, or that
nobody vouches for, alters nothing: that is said in other words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.credentials.steps import (
    INGREDIENT,
    TRUST,
    UNTRUSTED,
    failed,
    of,
    passed,
    skipped,
)
from provenance_gen.records.verdict import Ingredient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provenance_gen.credentials.report import CredentialReport, IngredientReport
    from provenance_gen.records.verdict import Check

_MOST_NAMED: Final = 8


def ingredients(report: CredentialReport) -> Check:
    """Step 7: what became of each ingredient, at any depth?"""
    if not (number := len(report.ingredients)):
        return skipped(7, "ingredients", "the manifest names no ingredients")
    parents = sum(item.relationship == "parentOf" for item in report.ingredients)
    if parents > 1:  # the library counts those with credentials alone
        reason = f"the manifest names {parents} parents, and the standard allows one"
        return failed(7, "ingredients", "manifest.multipleParents", reason)
    failures = of(report.failure_codes, INGREDIENT)
    bad = [item for item in report.ingredients if ingredient(item).status == "invalid"]
    inner = [item for item in report.deeper if ingredient(item).status == "invalid"]
    if failures or bad or inner:
        codes = [*failures, *(_worst(item) for item in (*bad, *inner))]
        return failed(7, "ingredients", codes[0], _said(bad, inner))
    signed = sum(item.has_manifest for item in report.ingredients)
    plural = "ingredient" if number == 1 else "ingredients"
    if not signed:
        return skipped(7, "ingredients", f"{number} {plural}, none with credentials to check")
    return passed(7, "ingredients", None, f"{number} {plural}, {signed} with credentials")


def ingredient(item: IngredientReport) -> Ingredient:
    """Return an ingredient as the verdict shows it."""
    status = "valid" if item.has_manifest else "none"
    if item.failures:
        lasting = any(code != UNTRUSTED for code in item.failures)
        status = "invalid" if lasting else "untrusted"
    return Ingredient(
        title=item.title,
        relationship=item.relationship,
        status=status,
        failures=item.failures,
    )


def _said(bad: list[IngredientReport], inner: list[IngredientReport]) -> str:
    altered = [item for item in bad if item.altered]
    others = [item for item in bad if not item.altered]
    parts = []
    if altered or not (bad or inner):
        parts.append(f"not as it was signed: {_titles(altered) or 'an ingredient'}")
    if others:
        parts.append(f"signed with a certificate that did not hold: {_titles(others)}")
    if inner:
        altered = [item for item in inner if item.altered]
        words = "not as it was signed" if altered else "signed with a certificate that did not hold"
        parts.append(f"further down in its history, {words}: {_titles(altered or inner)}")
    return "; ".join(parts)


def _titles(items: Iterable[IngredientReport]) -> str:
    titles = list(dict.fromkeys(repr(item.title or "untitled") for item in items))
    more = len(titles) - _MOST_NAMED
    return ", ".join(titles[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _worst(item: IngredientReport) -> str:
    """Return the code that says most: an alteration, then a certificate, then a missing list."""
    codes = [code for code in item.failures if code != UNTRUSTED]
    return next((code for code in codes if not code.startswith(TRUST)), codes[0])
