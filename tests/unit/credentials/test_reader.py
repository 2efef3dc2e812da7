"""What the reader reports of manifests that our own signing never makes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import c2pa
import pytest

from provenance_gen.credentials import checks, container, reader, trust
from provenance_gen.credentials.statement import ai_statement
from provenance_gen.records.verdict import CheckStatus, VerdictKind
from tests.unit.credentials import foreign, samples, tamper

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS: dict[str, Any] = {
    "verify": {"remote_manifest_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_OPENED = {
    "claim_generator_info": [{"name": "another program"}],
    "assertions": [
        {
            "label": "c2pa.actions",
            "data": {
                "actions": [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["p"]}}]
            },
        },
        {"label": "com.example.numbers", "data": {"numbers": [0.1, 3, 300]}},
    ],
}


def _foreign(keys: samples.Keys, parent: bytes | None = None, url: str | None = None) -> bytes:
    """Sign as another program might: with a signed parent, or with its manifest elsewhere."""
    context = c2pa.Context.from_dict({**_SETTINGS, "trust": {"user_anchors": keys.root.decode()}})
    made = _OPENED if parent else samples.definition()
    builder = c2pa.Builder(json.dumps(made), context=context)
    if parent:
        named = {"title": "parent.png", "relationship": "parentOf", "label": "p"}
        builder.add_ingredient(json.dumps(named), "image/png", io.BytesIO(parent))
    if url:
        builder.set_no_embed()
        builder.set_remote_url(url)
    target = io.BytesIO()
    with keys.signer.connect() as signer:
        builder.sign(signer.native, "image/png", io.BytesIO(samples.encoded(seed=3)), target)
    return target.getvalue()


def test_a_tampered_parent_is_found_although_the_whole_is_trusted(
    keys: samples.Keys, signed: dict[str, Path]
) -> None:
    """The library's state says nothing of ingredients; ours are walked."""
    parent = tamper.pixel(signed["png"].read_bytes(), b"")
    report = reader.read(_foreign(keys, parent), "image/png", keys.anchors)
    assert (report.state, report.failures) == ("Trusted", ())
    (item,) = report.ingredients
    assert (item.title, item.has_manifest) == ("parent.png", True)
    assert "assertion.dataHash.mismatch" in item.failures
    found = {check.step: check for check in checks.credential_checks(report, keys.anchors)}
    assert found[7].status is CheckStatus.FAILED
    assert checks.verdict_kind(report, list(found.values())) is VerdictKind.VALID


def test_a_whole_parent_and_what_it_says_about_ai(
    keys: samples.Keys, signed: dict[str, Path]
) -> None:
    """The AI mark of a parent is found in its own manifest."""
    report = reader.read(_foreign(keys, signed["png"].read_bytes()), "image/png", keys.anchors)
    statement = ai_statement(report, holds=True)
    assert (statement.statement, statement.source) == ("generated", "ingredient")
    found = {check.step: check for check in checks.credential_checks(report, keys.anchors)}
    assert (found[7].status, found[7].reason) == (
        CheckStatus.PASSED,
        "1 ingredient, 1 with credentials",
    )
    assert report.claim_generator == "another program"


def test_a_manifest_elsewhere_is_named_and_not_fetched(keys: samples.Keys) -> None:
    """By default the library would ask an address that the file chooses."""
    url = "https://example.invalid/manifest.c2pa"
    report = reader.read(_foreign(keys, url=url), "image/png", keys.anchors)
    assert (report.presence, report.remote_url) == ("remote", url)
    found = checks.credential_checks(report, keys.anchors)
    assert found[0].code == "provgen.manifest.remote"
    assert checks.verdict_kind(report, found) is VerdictKind.UNSIGNED


def test_who_is_vouched_for_is_remembered_and_nobody_else() -> None:
    """A namesake under another root, with the same serial number, neither gains nor spoils."""
    known = foreign.stranger(serial=4711)
    namesake = foreign.stranger(root_name="Another Root", serial=4711)
    lists = (trust.given_list(known.root, "the list"),)
    one, other = (
        foreign.sign(samples.encoded(seed=seed), "image/png", who)[0]
        for seed, who in enumerate((known, namesake))
    )
    for _ in range(2):  # whoever comes first, and again
        doubtful = reader.read(other, "image/png", lists)
        sure = reader.read(one, "image/png", lists)
        assert (doubtful.vouched_by, sure.vouched_by) == (None, "the list")
        assert doubtful.certificate is not None
        assert sure.certificate is not None
        assert doubtful.certificate.issuer == "Another Root"
        assert sure.certificate.issuer == "Some Root"
        assert doubtful.certificate.serial == sure.certificate.serial
    changed = reader.read(tamper.pixel(one, b""), "image/png", lists)
    assert (changed.vouched_by, changed.state) == ("the list", "Invalid")
    assert reader.read(one, "image/png", ()).vouched_by is None
    both = (trust.given_list(namesake.root, "first"), *lists)
    assert reader.read(other, "image/png", both).vouched_by == "first"


def test_namesakes_of_two_lists_are_told_apart() -> None:
    """Two authorities that are both believed gave the same name the same serial number."""
    known = foreign.stranger(serial=1)
    namesake = foreign.stranger(root_name="Another Root", serial=1)
    lists = (trust.given_list(known.root, "one"), trust.given_list(namesake.root, "other"))
    first, second = (
        foreign.sign(samples.encoded(seed=seed), "image/png", who)[0]
        for seed, who in enumerate((known, namesake))
    )
    for data in (first, second, first, second):
        report = reader.read(data, "image/png", lists)
        expected = ("one", "Some Root") if data is first else ("other", "Another Root")
        assert report.certificate is not None
        assert (report.vouched_by, report.certificate.issuer) == expected


def test_two_stores_are_not_chosen_between(keys: samples.Keys, signed: dict[str, Path]) -> None:
    """A file with two manifest stores has none that could be relied on."""
    chunks = list(container.png_chunks(signed["png"].read_bytes()))
    store = next(chunk for chunk in chunks if chunk[0] == b"caBX")
    data = tamper._png([chunks[0], store, *chunks[1:]])
    report = reader.read(data, "image/png", keys.anchors)
    assert report.presence == "unreadable"
    found = checks.credential_checks(report, keys.anchors)
    assert checks.verdict_kind(report, found) is VerdictKind.INVALID


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_unsigned_pictures_of_every_kind(kind: str, keys: samples.Keys) -> None:
    """No credentials is no fault."""
    data = samples.encoded(kind)
    media_type = container.media_type(data)
    assert media_type is not None
    assert reader.read(data, media_type, keys.anchors).presence == "none"
