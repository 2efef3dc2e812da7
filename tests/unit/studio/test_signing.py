"""Keys of a studio that lie in a token, and a studio whose key is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provenance_gen.errors import SettingsError, SigningError
from provenance_gen.settings import keys_folder
from provenance_gen.studio import signing
from provenance_gen.studio.export import Options
from provenance_gen.studio.named_keys import describe
from provenance_gen.studio.verify import verify
from tests import softhsm

if TYPE_CHECKING:
    from pathlib import Path

    from provenance_gen.studio import Work


def test_a_studio_signs_with_a_token(work: Work, tmp_path: Path) -> None:
    """With a development certificate made here, then with a chain that was brought in."""
    (tmp_path / "hsm").mkdir()
    with softhsm.token(tmp_path / "hsm") as token:
        made = signing.new_key("card", uri=token.uri("es384"))
        assert (describe(made).place, describe(made).algorithm) == ("pkcs11", "es384")
        assert [path.name for path in made.folder.glob("*.key.pem")] == []
        signing.rotate(work.studio, "card")
        exported = work.export("1.1", tmp_path / "card.png")
        assert exported.development
        verdict = verify(tmp_path / "card.png", own_roots=signing.own_roots(work.studio))
        assert verdict.credentials.trust.status == "own"
        chain, root = made.chain.read_bytes(), made.root.read_bytes()
        signing.import_key("again", chain=chain, root=root, uri=token.uri("es384"))
        work.export("1.2", tmp_path / "again.jpg", Options(signer="again"))
        signing.import_key("wrong", chain=chain, root=root, uri=token.uri("es256"))
        with pytest.raises(SigningError, match="signature"):
            work.export("1.1", tmp_path / "wrong.png", Options(signer="wrong"))
    assert not (tmp_path / "wrong.png").exists()


def test_a_key_that_is_gone_is_named(work: Work, tmp_path: Path) -> None:
    """The studio says what to do, and records nothing."""
    signing.new_key("lost")
    signing.rotate(work.studio, "lost")
    for path in (keys_folder() / "lost").iterdir():
        path.unlink()
    size = work.studio.ledger.head().size
    with pytest.raises(SettingsError, match="provgen keys rotate"):
        work.export("1.1", tmp_path / "x.png")
    assert work.studio.ledger.head().size == size
    signing.rotate(work.studio, "first")
    work.export("1.1", tmp_path / "x.png")


def test_a_pin_is_never_kept() -> None:
    """A URI with a PIN in it is refused before anything is written."""
    made = signing.new_key("mine")
    chain, root = made.chain.read_bytes(), made.root.read_bytes()
    for name in ("pin-value", "pin-source", "pin%2Dvalue"):
        uri = f"pkcs11:token=t;object=o?module-path=/m.so&{name}=271828"
        with pytest.raises(SigningError, match="the PIN is asked for") as refused:
            signing.import_key("card", chain=chain, root=root, uri=uri)
        assert "271828" not in str(refused.value)
    assert not (keys_folder() / "card").exists()


def test_a_note_that_leads_elsewhere_is_not_followed(tmp_path: Path, work: Work) -> None:
    """Names of files in a key's note have no folders."""
    made = signing.new_key("mine")
    note = made.folder / "key.json"
    note.write_text(note.read_text().replace("chain-1.pem", f"{tmp_path}/chain-1.pem"))
    assert signing.list_keys()[0].chain == made.chain
    note.write_text("[]")
    with pytest.raises(SettingsError, match="not a key's note"):
        signing.open_key(work.studio, "mine")
