"""Whose word counts in a verdict: usages, lists for signers and for times, names without a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.credentials.trust import TrustList, given_list
from provenance_gen.studio.verify import verify
from tests.unit.credentials import foreign, samples

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.verdict import Check, Verdict


def _signed(folder: Path, usage: str) -> Path:
    path = folder / "a.png"
    data, _ = foreign.sign(samples.encoded(), "image/png", foreign.stranger(usage))
    path.write_bytes(data)
    return path


def _trust(verdict: Verdict) -> Check:
    return next(check for check in verdict.checks if check.id == "trust")


@pytest.mark.parametrize("usage", [foreign.EMAIL, foreign.DOCUMENTS, foreign.CLAIMS])
def test_signers_of_every_usual_purpose_are_read(usage: str, tmp_path: Path) -> None:
    """The library by itself would call those for documents and for claims invalid."""
    path = _signed(tmp_path, usage)
    root = foreign.stranger(usage).root
    listed = verify(path, lists=[given_list(root, "the list")])
    assert (listed.verdict, listed.credentials.trust.list) == ("trusted", "the list")
    assert _trust(listed).reason == (
        "the list 'the list' vouches for the certificate of 'A Newsroom'"
    )
    nobody = verify(path)
    assert (nobody.verdict, _trust(nobody).status) == ("valid", "skipped")
    assert _trust(nobody).reason.startswith(
        "claims the name 'A Newsroom'; not verified: no trust list is installed"
    )
    other = verify(path, lists=[given_list(foreign.stranger(foreign.OURS).root, "others")])
    assert (other.verdict, _trust(other).code) == ("valid", "signingCredential.untrusted")
    assert "no list at hand vouches for it (the list 'others')" in _trust(other).reason


def test_an_unusual_purpose_needs_the_users_word(tmp_path: Path) -> None:
    """It comes with the list that it belongs to."""
    path = _signed(tmp_path, foreign.OURS)
    root = foreign.stranger(foreign.OURS).root.decode()
    assert verify(path, lists=[TrustList("x", "given", root)]).verdict == "invalid"
    with_usage = TrustList("x", "given", root, usages=f"{foreign.OURS}\n")
    assert verify(path, lists=[with_usage]).verdict == "trusted"


def test_a_list_for_times_vouches_for_nobody(tmp_path: Path) -> None:
    """The library keeps all certificates in one heap; who may vouch for what is seen to here."""
    path = _signed(tmp_path, foreign.EMAIL)
    root = foreign.stranger(foreign.EMAIL).root.decode()
    clocks = TrustList("clocks", "installed", root, vouches="time", dated="2026-11-22")
    alone = verify(path, lists=[clocks])
    assert (alone.verdict, alone.credentials.trust.status) == ("valid", "untrusted")
    signers = TrustList("signers", "installed", root, dated="2026-11-22")
    both = verify(path, lists=[signers, clocks])
    assert (both.verdict, both.credentials.trust.list) == ("trusted", "signers")
    assert both.credentials.trust.dated == "2026-11-22"
    assert "'signers, 2026-11-22'" in _trust(both).reason
    stranger = foreign.stranger(foreign.CLAIMS).root.decode()
    others = TrustList("others", "installed", stranger)
    neither = verify(path, lists=[others, clocks])
    assert (neither.verdict, neither.credentials.trust.list) == ("valid", None)
