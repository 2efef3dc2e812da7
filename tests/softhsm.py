"""A real PKCS#11 token in software (SoftHSM), with a key pair for each algorithm.

SoftHSM is looked for where distributions put it, or at ``SOFTHSM2_MODULE``. Where it is missing the
tests are skipped with the reason; where ``CI`` is set they fail instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PIN: Final = "1234"
_LABEL: Final = "studio token"
_PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


class Token(NamedTuple):
    """A token with one key pair of each algorithm, labelled by it."""

    module: str

    def uri(self, label: str, token: str = _LABEL) -> str:
        """Return the URI of a key."""
        return f"pkcs11:token={quote(token)};object={label}?module-path={self.module}"


@contextlib.contextmanager
def token(folder: Path) -> Iterator[Token]:
    """Make a token in a folder; its PIN is in the environment until the block ends."""
    module = _module()
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        patch.setenv("PROVGEN_PASSPHRASE", PIN)
        made = ("--init-token", "--free", "--label", _LABEL, "--pin", PIN, "--so-pin", "5678")
        subprocess.run(["softhsm2-util", *made], check=True, capture_output=True)
        import pkcs11  # noqa: PLC0415 - only where there is a token

        library = pkcs11.lib(module)
        # The library may have read the slots of an earlier token.
        library.reinitialize()
        with library.get_token(token_label=_LABEL).open(rw=True, user_pin=PIN) as session:
            _make_keys(session)
        yield Token(module)


def _module() -> str:
    for place in (os.environ.get("SOFTHSM2_MODULE"), *_PLACES):
        if place and Path(place).is_file() and shutil.which("softhsm2-util"):
            return place
    if os.environ.get("CI"):
        pytest.fail("SoftHSM is missing, and CI must run the PKCS#11 tests")
    pytest.skip("SoftHSM is missing: the PKCS#11 tests were NOT run")


def _make_keys(session: Any) -> None:
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415 - only where there is a token
    from pkcs11.util.ec import encode_named_curve_parameters as named  # noqa: PLC0415

    curves = {
        "es256": (KeyType.EC, named("secp256r1")),
        "es384": (KeyType.EC, named("secp384r1")),
        "ed25519": (KeyType.EC_EDWARDS, bytes.fromhex("06032b6570")),
    }
    for label, (kind, parameters) in curves.items():
        domain = session.create_domain_parameters(
            kind, {Attribute.EC_PARAMS: parameters}, local=True
        )
        domain.generate_keypair(label=label, id=label.encode(), store=True)
    session.generate_keypair(KeyType.RSA, 2048, label="ps256", id=b"ps256", store=True)
