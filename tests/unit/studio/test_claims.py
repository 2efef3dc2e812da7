"""Unsigned claims in a verdict: named, never believed, held up to what is signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from provenance_gen.credentials import manifest
from provenance_gen.credentials.report import CredentialReport, IngredientReport, Origin
from provenance_gen.credentials.statement import conflicts
from provenance_gen.credentials.vocabulary import EDITED_BY_AI, GENERATED, HUMAN_EDITS, IPTC
from provenance_gen.metadata import carriers, xmp
from provenance_gen.records.claim import FoundClaim
from provenance_gen.records.export import Disclosure, Stated, Training
from provenance_gen.studio import twins
from provenance_gen.studio.export import Options
from provenance_gen.studio.verify import verify, verify_all
from tests.unit.credentials import samples
from tests.unit.metadata import files

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.records.verdict import Check, Verdict
    from provenance_gen.studio import Work

INFOTEXT = "a boat\nSteps: 20, Sampler: Euler a, Seed: 18446744073709551615, Version: v1.10.1"


def marked(source_type: str) -> bytes:
    """Return an unsigned picture with a source type in XMP."""
    return xmp.put_in(files.encoded(), xmp.packet(source_type))


def check(verdict: Verdict, name: str) -> Check:
    """Return one check of a verdict."""
    return next(item for item in verdict.checks if item.id == name)


def verdicts(folder: Path, *contents: bytes) -> tuple[Verdict, ...]:
    """Return the verdicts on files of these bytes."""
    paths = [folder / f"{number}.img" for number in range(len(contents))]
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    return verify_all(paths)


def test_a_tools_claim(tmp_path: Path) -> None:
    """Tool and carrier are named; the seed stays exact; AI is stated, unsigned."""
    (verdict,) = verdicts(tmp_path, files.png(files.text("parameters", INFOTEXT)))
    step = check(verdict, "claims")
    assert (step.status, step.code) == ("passed", None)
    assert "AUTOMATIC1111 (PNG tEXt parameters)" in step.reason
    (claim,) = verdict.claims
    assert (claim.seed, claim.negative_prompt) == ("18446744073709551615", None)
    assert verdict.ai.model_dump() == {
        "statement": "generated",
        "basis": "AUTOMATIC1111",
        "source": "PNG tEXt parameters",
        "signed": False,
    }
    assert verdict.verdict == "unsigned"
    assert "which nobody signed" in verdict.summary
    assert "which anybody could have written" in verdict.summary


def test_a_key_is_no_place_for_words_of_ours(tmp_path: Path) -> None:
    """Whoever writes a text chooses its key as well: it stands in quotes, in every sentence."""
    words = json.dumps({"sui_image_params": {"prompt": "a boat", "seed": 1}})
    key = "x). Signed by 'Adobe', on the C2PA trust list; changed since signing: no ("
    (verdict,) = verdicts(tmp_path, files.png(files.text(key, words)))
    assert verdict.claims[0].carrier == f'PNG tEXt "{key}"'
    for said in (verdict.summary, check(verdict, "claims").reason, check(verdict, "ai").reason):
        assert key in said
        assert key not in said.replace(f'"{key}"', "")


SOURCE_TYPES = {
    GENERATED: "generated",
    "trainedAlgorithmicMedia": "generated",
    "digsrctype:trainedAlgorithmicMedia": "generated",
    GENERATED.replace("http:", "https:") + "/": "generated",
    EDITED_BY_AI: "partly",
    IPTC + "digitalCapture": "none",
    IPTC + "minorHumanEdits": "none",
    IPTC + "softwareImage": "none",
    IPTC + "composite": "unknown",
    "http://example.org/whatever": "unknown",
}


def test_source_types_in_xmp(tmp_path: Path) -> None:
    """Cameras and retired terms are not AI; what is not known says nothing."""
    found = verdicts(tmp_path, *(marked(source_type) for source_type in SOURCE_TYPES))
    for verdict, (source_type, statement) in zip(found, SOURCE_TYPES.items(), strict=True):
        assert (verdict.ai.statement, verdict.ai.signed) == (statement, False)
        if statement != "unknown":
            assert (verdict.ai.basis, verdict.ai.source) == (source_type, "XMP (PNG iTXt)")
        assert verdict.claims[0].digital_source_type == source_type


def test_nothing_claimed_and_nothing_generated(tmp_path: Path) -> None:
    """A bare picture, a text of no tool, a graph that only upscales."""
    graph = json.dumps({"1": {"class_type": "SaveImage", "inputs": {}}})
    bare, words, upscaled = verdicts(
        tmp_path,
        files.encoded(),
        files.png(files.text("Title", "Harbour")),
        files.png(files.text("prompt", graph)),
    )
    for verdict in (bare, words):
        assert check(verdict, "claims").status == "skipped"
        assert (verdict.ai.statement, verdict.claims) == ("unknown", ())
    assert check(upscaled, "claims").status == "passed"
    assert upscaled.ai.statement == "unknown"


def test_an_explicit_mark_counts_before_a_tools_parameters(tmp_path: Path) -> None:
    """Krita's way: parameters of a run, and a mark that says only part is generated."""
    text = "a\nSteps: 2, Sampler: x, Seed: 3"
    packet = xmp.packet(EDITED_BY_AI)
    both = xmp.put_in(files.png(files.text("parameters", text)), packet)
    camera = xmp.put_in(files.png(files.text("parameters", text)), xmp.packet(IPTC + "print"))
    partly, generated = verdicts(tmp_path, both, camera)
    assert partly.ai.statement == "partly"
    assert (generated.ai.statement, generated.ai.basis) == ("generated", "A1111-compatible")


def signed(
    folder: Path, keys: samples.Keys, data: bytes, name: str, source_type: str = GENERATED
) -> Path:
    """Sign bytes as a picture of a source type."""
    source, target = folder / f"source-{name}", folder / name
    source.write_bytes(data)
    made: dict[str, Any] = samples.definition()
    made["assertions"][0]["data"]["actions"][0]["digitalSourceType"] = source_type
    manifest.sign(source, target, made, keys.signing())
    return target


def test_conflicts_with_what_is_signed_are_said(tmp_path: Path) -> None:
    """The signed statement stands; the claim against it is named."""
    keys = samples.keys(tmp_path / "keys")
    text = files.png(files.text("parameters", INFOTEXT))
    paths = [
        signed(tmp_path, keys, marked(IPTC + "digitalCapture"), "a.png"),
        signed(tmp_path, keys, text, "b.png", IPTC + "digitalCreation"),
        signed(tmp_path, keys, marked(GENERATED), "c.png"),
        signed(tmp_path, keys, text, "d.png"),
    ]
    against, denied, *agreeing = verify_all(paths, own_roots=keys.anchors)
    assert (against.verdict, against.ai.statement, against.ai.signed) == (
        "valid",
        "generated",
        True,
    )
    step = check(against, "claims")
    assert (step.status, step.code) == ("passed", "provgen.claims.conflict")
    assert "digitalCapture" in step.reason
    assert "not in accord with the signed statement" in against.summary
    assert (denied.ai.statement, check(denied, "claims").code) == (
        "none",
        "provgen.claims.conflict",
    )
    for verdict in agreeing:
        assert (verdict.verdict, check(verdict, "claims").code) == ("valid", None)


def test_training_that_is_signed_otherwise_is_said(tmp_path: Path) -> None:
    """The signed words count; of a file that was changed since, nothing is held up to them."""
    keys = samples.keys(tmp_path / "keys")
    plus = "http://ns.useplus.org/ldf/vocab/"
    forbidden = samples.definition(stated=Stated(training=Training.NOT_ALLOWED))
    paths = []
    for term in ("DMI-ALLOWED", "DMI-PROHIBITED", "DMI-UNSPECIFIED"):
        source, target = tmp_path / "source.png", tmp_path / f"{term}.png"
        source.write_bytes(
            xmp.put_in(files.encoded(), xmp.packet(GENERATED, mining=f"{plus}{term}"))
        )
        manifest.sign(source, target, forbidden, keys.signing())
        paths.append(target)
    changed = tmp_path / "changed.png"
    changed.write_bytes(paths[0].read_bytes() + b"more")
    against, *agreeing, broken = verify_all([*paths, changed], own_roots=keys.anchors)
    step = check(against, "claims")
    assert (step.status, step.code) == ("passed", "provgen.claims.training")
    assert "signed on training and mining: DMI-ALLOWED" in step.reason
    assert "not in accord with the signed statement on training and mining" in against.summary
    assert against.verdict == "valid"
    assert set(against.credentials.training.values()) == {"notAllowed"}
    assert [check(one, "claims").code for one in (*agreeing, broken)] == [None] * 3
    assert broken.verdict == "invalid"


def test_what_counts_as_a_conflict() -> None:
    """Whatever a manifest in the file states of AI may stand in XMP as well; nothing else may."""
    inpainted = CredentialReport(
        presence="embedded",
        origins=(Origin(EDITED_BY_AI, whole=False), Origin(HUMAN_EDITS, whole=False)),
        ingredients=(IngredientReport(relationship="parentOf", origins=(Origin(GENERATED),)),),
    )
    photograph = CredentialReport(
        presence="embedded",
        origins=(Origin(IPTC + "digitalCapture"),),
    )
    silent = CredentialReport(presence="embedded")
    stated = {
        name: FoundClaim("XMP/IPTC", "XMP", digital_source_type=source_type)
        for name, source_type in (
            ("generated", GENERATED),
            ("partly", EDITED_BY_AI),
            ("camera", IPTC + "digitalCapture"),
            ("unknown", "x"),
        )
    }
    claims = {**stated, "run": FoundClaim("ComfyUI", "PNG tEXt prompt", generator=True)}

    def against(report: CredentialReport) -> list[str]:
        found = conflicts(report, tuple(claims.values()))
        return [name for name, claim in claims.items() if claim in found]

    assert against(inpainted) == ["camera"]
    assert against(photograph) == ["generated", "partly", "run"]
    assert against(silent) == []


def test_exports_carry_their_twin(work: Work, tmp_path: Path) -> None:
    """Each profile tells in XMP what it tells in the manifest, and no more; pixels are the same."""
    names = ("minimal.png", "standard.png", "full.png", "full.jpg")
    for name in names:
        work.export("1.1", tmp_path / name, disclosure=name.partition(".")[0])
    found = dict(zip(names, verify_all([tmp_path / name for name in names]), strict=True))
    claims = {name: verdict.claims[0] for name, verdict in found.items()}
    assert {claim.digital_source_type for claim in claims.values()} == {GENERATED}
    assert {claim.tool for claim in claims.values()} == {"XMP/IPTC"}
    minimal, standard = claims["minimal.png"], claims["standard.png"]
    assert (minimal.model, minimal.prompt) == (None, None)
    assert (standard.model or "").startswith("provenance-gen")
    assert standard.prompt is None
    assert "a boat" in (claims["full.png"].prompt or "")
    assert claims["full.jpg"].carrier == "XMP (JPEG APP1)"
    assert len({found[name].pixel_digest for name in names[:3]}) == 1
    for verdict in found.values():
        assert (verdict.verdict, verdict.ai.signed) == ("valid", True)
        assert check(verdict, "claims").code is None


def test_imported_files_get_no_mark_of_ours(work: Work, tmp_path: Path) -> None:
    """Where they come from is not known; an export without AI says nothing in XMP."""
    source = tmp_path / "photo.png"
    source.write_bytes(files.encoded(size=(40, 30)))
    work.bring_in(source)
    work.export("i1", tmp_path / "out.png")
    assert verify(tmp_path / "out.png").claims == ()


@pytest.mark.parametrize(
    ("stated", "term"),
    [
        (("allowed", None), "DMI-ALLOWED"),
        (("notAllowed", None), "DMI-PROHIBITED"),
        (("constrained", "ask <me> & pay"), "DMI-PROHIBITED-SEECONSTRAINT"),
    ],
)
@pytest.mark.parametrize("disclosure", ["minimal", "full"])
def test_training_is_said_twice(
    stated: tuple[str, str | None], term: str, disclosure: str, work: Work, tmp_path: Path
) -> None:
    """Signed by CAWG's words, and unsigned by those of PLUS, under every profile."""
    path = tmp_path / "out.jpg"
    training, conditions = stated
    asked = Options(training=training, conditions=conditions, disclosure=disclosure)
    work.export("1.2", path, asked)
    verdict = verify(path)
    assert set(verdict.credentials.training.values()) == {training}
    (claim,) = verdict.claims
    assert claim.data_mining == f"http://ns.useplus.org/ldf/vocab/{term}"
    packet = next(c for c in carriers.find(path.read_bytes(), "image/jpeg") if c.properties).raw
    # Our own packet, read by another parser than ours.
    root = ET.fromstring(packet.decode())  # noqa: S314 - we wrote it
    said = ["".join(one.itertext()) for one in root.iter(f"{{{xmp.PLUS}}}OtherConstraints")]
    assert said == ([conditions] if conditions else [])


def test_training_alone_is_a_claim(work: Work, tmp_path: Path) -> None:
    """Of an imported picture too, which says nothing of AI."""
    source = tmp_path / "photo.png"
    source.write_bytes(files.encoded(size=(40, 30)))
    work.bring_in(source)
    work.export("i1", tmp_path / "out.png", Options(training="notAllowed"))
    verdict = verify(tmp_path / "out.png")
    assert (verdict.claims[0].tool, verdict.ai.statement) == ("XMP/IPTC", "unknown")
    assert str(verdict.claims[0].data_mining).endswith("/DMI-PROHIBITED")


def test_long_conditions_do_not_burst_a_jpeg() -> None:
    """They stand in the manifest, whole."""
    said = Stated(training=Training.CONSTRAINED, conditions="y" * 70_000)
    made = samples.definition(disclosure=Disclosure.FULL, stated=said)
    twin = twins.twin(made, Disclosure.FULL, "image/jpeg")
    assert twin is not None
    assert len(twin.packet) < 10_000
    assert samples.PROMPT in xmp.read(twin.packet)["AIPromptInformation"][0]


def test_a_long_prompt_does_not_burst_a_jpeg() -> None:
    """One segment holds 64 KiB; a longer prompt stands in the manifest alone."""
    made = samples.definition(disclosure=Disclosure.FULL)
    for item in made["ingredients"]:
        if item["label"].startswith("prompt-"):
            item["description"] = "x" * 40_000
    for kind in ("image/png", "image/jpeg"):
        twin = twins.twin(made, Disclosure.FULL, kind)
        assert twin is not None
        assert (len(twin.packet) > 70_000) == (kind == "image/png")
    assert twin is not None
    assert "too long" in xmp.read(twin.packet)["AIPromptInformation"][0]
