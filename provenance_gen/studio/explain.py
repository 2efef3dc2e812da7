"""What each check of a verdict proves, and what not: for ``--explain`` and documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Explanation:
    """Of one check."""

    proves: str
    """What may be relied on where it passed."""
    leaves_open: str
    """What it says nothing about, whether it passed or not."""


EXPLAINED: Final[dict[str, Explanation]] = {
    "readable": Explanation(
        "the file is an image of a kind that we know, read whole and within limits; the reason"
        " says so where its pixels were not decoded",
        "whether other programs show the same picture; a file that we cannot read may be harmless",
    ),
    "manifest": Explanation(
        "the file carries, or names, a statement on its making in the form of C2PA",
        "whether that statement is right; most pictures carry none, and anybody can take one out",
    ),
    "binding": Explanation(
        "the file's bytes are those that were there when the statement was signed",
        "what happened before that, and whether the picture shows what it claims to show",
    ),
    "signature": Explanation(
        "whoever held the key of the certificate signed this very statement",
        "who that is, and whether what was signed is true",
    ),
    "trust": Explanation(
        "a list that you installed or gave, or your own studio, vouches for the certificate",
        "whether the signer tells the truth; a name that no list vouches for is only a claim."
        " Whether the certificate was revoked since is seen only where the file itself says so",
    ),
    "time": Explanation(
        "a time-stamp authority that a list vouches for saw the signature at a time at which the"
        " certificate was valid",
        "when the picture was made: a time-stamp tells the latest moment, not the first",
    ),
    "ingredients": Explanation(
        "files that went into this one, or into those, and carried credentials, are as they were"
        " signed",
        "ingredients without credentials, and those that were left out of the statement",
    ),
    "ledger": Explanation(
        "the record of the making stands in a ledger at the place that the file names; with the"
        " ledger's key at hand, that its owner signed it",
        "whether the ledger's owner recorded the truth; a file without a record is no worse for it",
    ),
    "claims": Explanation(
        "some tool's form of words stands in the file, such as a prompt or a seed",
        "anything else: nobody signed it, and anybody could have written it",
    ),
    "ai": Explanation(
        "somebody says that AI made all or a part of it, or that it comes from elsewhere; where it"
        " is signed, whoever signed the manifest that says so does",
        "whether AI was used: silence and 'none' never mean that it was not",
    ),
}
"""By the check's ``id``, in the order of the steps."""
