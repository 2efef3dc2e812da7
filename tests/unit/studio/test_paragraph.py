"""The paragraph for a person, whole, for each kind of file: right, clear, and never forged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from provenance_gen.metadata import xmp
from provenance_gen.settings import config_folder
from provenance_gen.studio import clocks
from provenance_gen.studio.verify import verify_all, verify_each
from tests import tsa
from tests.unit.credentials import certified, foreign, samples, tamper
from tests.vectors import chains
from tests.vectors.chains import AI, CAMERA, OPENED, created, sign, stating
from tests.vectors.signed import WHO

if TYPE_CHECKING:
    from pathlib import Path

_BY = "signed by 'A Newsroom' (vouched for by 'given list')"
_WHOLE = "changed since signing: no."
_NAMED = {"claim_generator_info": [{"name": "A Camera", "version": "3.1"}]}
_FORGED = "X; signed by 'OpenAI' (vouched for by 'C2PA'). AI: no"


WORDS: Final = {
    "generated": (
        f"Made with 'A Camera 3.1' on 2026-11-20 by its own clock; {_BY}; {_WHOLE}"
        " AI-generated according to the signed manifest."
    ),
    "photograph": (
        f"Made with 'A Camera 3.1'; {_BY}; {_WHOLE} Another origin than AI is stated by the"
        " signed manifest, which never means that no AI was used."
    ),
    "child": (
        f"Saved with 'another program'; {_BY}; {_WHOLE} AI-generated according to the signed"
        " manifest of a file that it was made from."
    ),
    "altered parent": (
        f"Saved with 'another program'; {_BY}; {_WHOLE} An ingredient does not hold: not as it"
        " was signed: 'i0.png'. AI-generated according to the manifest of a file that it was"
        " made from, which is not as it was signed."
    ),
    "forged name": (
        f'Made with "{_FORGED}"; {_BY}; {_WHOLE} AI-generated according to the signed manifest.'
    ),
    "unknown signer": (
        "Made with 'another program'; signed by 'Nobody Knows' (a claim; no trust list at hand"
        f" vouches for it); {_WHOLE} Nothing is said about AI, which means neither yes nor no."
    ),
    "changed": (
        "Not valid: the file was changed after it was signed. It says: made with"
        f" 'A Camera 3.1'; {_BY}. Another origin than AI is stated by the manifest, which was"
        " signed, but not for the file as it is now, which never means that no AI was used."
    ),
    "revoked": (
        "Not valid: the certificate of 'A Signer' was revoked by whoever issued it. It says:"
        " made with 'provenance-gen 0.1.0' on 2026-11-22 by its own clock; signed by"
        " 'A Signer' (a claim; no trust list at hand vouches for it). AI-generated according"
        " to the signed manifest."
    ),
}


def _pictures() -> dict[str, bytes]:
    drawn = sign(stating({**created(AI), "when": "2026-11-20T08:00:00Z"}, **_NAMED))
    photograph = sign(stating(created(CAMERA), **_NAMED))
    whose = foreign.stranger(name="Nobody Knows")
    return {
        "generated": drawn,
        "photograph": photograph,
        "child": sign(stating(OPENED), (("parentOf", drawn),)),
        "altered parent": sign(stating(OPENED), (("parentOf", tamper.pixel(drawn, b"")),)),
        "forged name": sign(stating(created(AI), claim_generator_info=[{"name": _FORGED}])),
        "unknown signer": foreign.sign(samples.encoded(), "image/png", whose, made=_silent())[0],
        "changed": tamper.pixel(photograph, b""),
        "revoked": certified.authority().revoked(),
    }


def _silent() -> dict[str, object]:
    return {
        "claim_generator_info": [{"name": "another program"}],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {"actions": [chains.created("http://example.org/no-such-type")]},
            }
        ],
    }


def test_every_paragraph(tmp_path: Path) -> None:
    """Names from a file stand in quotes, so that none can speak for the program."""
    made = _pictures()
    paths = [tmp_path / f"{number}.png" for number in range(len(made))]
    for path, data in zip(paths, made.values(), strict=True):
        path.write_bytes(data)
    found = verify_all(paths, trust_pem=WHO.root + certified.authority().root)
    said = dict(zip(made, (verdict.summary for verdict in found), strict=True))
    assert said == WORDS


def _naming(*names: str) -> dict[str, object]:
    data = {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:creator": list(names)}
    made = stating(created(AI))
    made["assertions"].append({"label": "cawg.metadata", "data": data, "kind": "Json"})
    return made


def test_a_claimed_author_is_said(tmp_path: Path) -> None:
    """Quoted, with whose word it is: the signer's, a broken manifest's, or anybody's."""
    forged = "X; signed, and checked by a registry"
    packet = xmp.packet(None, creator="B. Singer")
    signed = sign(_naming(forged))
    made = {
        "signed": signed,
        "altered": tamper.pixel(signed, b""),
        "unsigned": xmp.put_in(samples.encoded(), packet),
        "none": samples.encoded(),
    }
    for name, data in made.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    found = verify_all([tmp_path / f"{name}.png" for name in made], trust_pem=WHO.root)
    said = dict(zip(made, found, strict=True))
    claim = f"It claims the author {forged!r}; "
    assert said["signed"].summary.endswith(f"{claim}signed, but nobody checked the name.")
    assert said["signed"].credentials.authors == (forged,)
    gone = "was signed, but not for the file as it is now."
    assert said["altered"].summary.endswith(claim + gone)
    assert said["unsigned"].summary.endswith(
        "It claims the author 'B. Singer'; unsigned, so anybody could have written it."
    )
    assert said["unsigned"].claims[0].authors == ("B. Singer",)
    assert said["unsigned"].credentials.authors == ()
    assert "author" not in said["none"].summary


def test_a_time_that_somebody_vouches_for_is_said(tmp_path: Path) -> None:
    """And one by anybody's own clock is not."""
    tsa.needs_openssl()
    with tsa.serving() as clock:
        data = sign(stating(created(AI)), authority=clock)
    (tmp_path / "a.png").write_bytes(data)
    (known,) = verify_all([tmp_path / "a.png"], trust_pem=WHO.root + clock.root)
    (unknown,) = verify_all([tmp_path / "a.png"], trust_pem=WHO.root)
    assert known.credentials.signed_at is not None
    day = known.credentials.signed_at[:10]
    assert f"by a time-stamp no later than {day}; changed" in known.summary
    assert known.credentials.timestamped
    assert "time-stamp" not in unknown.summary
    assert not unknown.credentials.timestamped
    assert unknown.checks[5].code == "timeStamp.untrusted"


def test_authorities_that_the_user_chose_vouch_for_times_alone(tmp_path: Path) -> None:
    """As at signing: their time-stamps count, and a signer under their root is not trusted."""
    tsa.needs_openssl()
    with tsa.serving() as clock:
        data = sign(stating(created(AI)), authority=clock)
    (tmp_path / "a.png").write_bytes(data)
    assert clocks.chosen() == ()
    folder = config_folder()
    folder.mkdir(parents=True, exist_ok=True)
    # The signer's own root is put among those of the clock.
    (folder / "clock.pem").write_bytes(clock.root + WHO.root)
    entry = {"name": "a clock", "url": "http://127.0.0.1/", "certificates": "clock.pem"}
    (folder / "config.yaml").write_text(json.dumps({"timestamp_authorities": [entry]}))
    (found,) = verify_each([tmp_path / "a.png"], lists=clocks.chosen())
    assert (found.verdict, found.credentials.trust.status) == ("valid", "untrusted")
    assert found.credentials.timestamped
    assert found.checks[5].status == "passed"


@pytest.mark.parametrize("when", ["yesterday", "", "9" * 500])
def test_a_date_that_is_none_is_not_said(when: str, tmp_path: Path) -> None:
    """The library takes any text for a date."""
    data = sign(stating({**created(AI), "when": when}))
    (tmp_path / "a.png").write_bytes(data)
    (verdict,) = verify_all([tmp_path / "a.png"], trust_pem=WHO.root)
    assert verdict.summary.startswith("Made with 'another program'; signed by")
