"""Signers whose key lies in a PKCS#11 token (smart card, HSM, SoftHSM) and never leaves it.

The URI is that of RFC 7512::

    pkcs11:token=studio;object=signing?module-path=/usr/lib/softhsm/libsofthsm2.so&chain=chain.pem

``token`` and ``object`` (or ``id``) choose the key, ``module-path`` names the token's library, and
``chain``, our own addition, the file with its certificates. A PIN in the URI is refused: URIs stand
in files and process lists. The library is code of its vendor's that runs in this process; so it is
named by the user alone, never by a studio's folder.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, unquote_to_bytes

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from provenance_gen.credentials import passphrase
from provenance_gen.credentials.keyfile import read_file
from provenance_gen.credentials.signer import certified
from provenance_gen.errors import MissingExtraError, SigningError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_POINT: Final = 32
"""Bytes of an Ed25519 public key; some tokens wrap them as an octet string."""
_REFUSED: Final = ("pin-value", "pin-source")
_BAD_PIN: Final = "the PIN is wrong; after some wrong ones a token locks itself"
_WORDS: Final = {
    "PinIncorrect": _BAD_PIN,
    "PinInvalid": _BAD_PIN,
    "PinLenRange": _BAD_PIN,
    "PinLocked": "its PIN is locked after too many wrong ones; unlock it with its own tools",
    "PinExpired": "its PIN has expired; set a new one with its own tools",
    "UserPinNotInitialized": "it has no PIN yet; set one with its own tools",
    "TokenNotPresent": "it is not there; put it in and try again",
    "DeviceRemoved": "it was taken out; put it in and try again",
    "MechanismInvalid": "it cannot sign by the algorithm of this key",
}
"""What refusals mean that users meet, by the name of the error's class (PKCS #11 2.40, 5.1)."""


@dataclass(frozen=True)
class TokenKey:
    """A key in a token; a session is opened for each signature."""

    module: str
    token: str
    label: str | None
    identifier: bytes | None
    chain: bytes = field(repr=False)
    pin: str = field(repr=False)
    algorithm: str = ""

    def sign(self, data: bytes) -> bytes:
        """Sign in the token; see ``signer.SigningKey``."""
        from pkcs11 import MGF, Mechanism  # noqa: PLC0415 - optional

        with _private(self) as key:
            if self.algorithm == "ps256":
                parameters = (Mechanism.SHA256, MGF.SHA256, 32)
                made = key.sign(
                    data, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=parameters
                )
            elif self.algorithm == "ed25519":
                made = key.sign(data, mechanism=Mechanism.EDDSA)
            else:
                # Not every token hashes by itself; the result is r and s of equal length.
                hashed = hashlib.sha384 if self.algorithm == "es384" else hashlib.sha256
                made = key.sign(hashed(data).digest(), mechanism=Mechanism.ECDSA)
            return bytes(made)


def open_token(uri: str, ask: passphrase.Ask) -> TokenKey:
    """Find the key that a URI names, and make sure that it can be used.

    Raises:
        MissingExtraError: the library ``python-pkcs11`` is not installed.
        SigningError: the URI is incomplete, or library, token, PIN or key do not fit.
    """
    found = _bare(uri, ask, _parse(uri)[1].get("chain"))
    with _private(found):
        return found


def bare_token(uri: str, algorithm: str, ask: passphrase.Ask) -> TokenKey:
    """Find the key that a URI names, whatever is to be thought of its certificates.

    Args:
        uri: as for ``open_token``; a chain in it is not read.
        algorithm: C2PA name of the key's algorithm.
        ask: asks a person for the PIN.

    Raises:
        MissingExtraError: the library ``python-pkcs11`` is not installed.
        SigningError: as for ``open_token``.
    """
    found = replace(_bare(uri, ask, None), algorithm=algorithm)
    with _private(found):
        return found


def public_key(uri: str, ask: passphrase.Ask) -> CertificatePublicKeyTypes:
    """Return the public key that the token keeps beside the private one.

    Raises:
        MissingExtraError: the library ``python-pkcs11`` is not installed.
        SigningError: as for ``open_token``, or the token does not show the public key.
    """
    found = _bare(uri, ask, None)
    with _session(found) as session:
        from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415 - optional
        from pkcs11.util.ec import encode_ec_public_key  # noqa: PLC0415

        key = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **_named(found))
        if key.key_type is KeyType.RSA:
            modulus, exponent = key[Attribute.MODULUS], key[Attribute.PUBLIC_EXPONENT]
            numbers = (int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
            return rsa.RSAPublicNumbers(*numbers).public_key()
        if key.key_type is KeyType.EC_EDWARDS:
            return ed25519.Ed25519PublicKey.from_public_bytes(key[Attribute.EC_POINT][-_POINT:])
        loaded = serialization.load_der_public_key(encode_ec_public_key(key))
        if not isinstance(loaded, ec.EllipticCurvePublicKey):
            raise SigningError("the token's public key is of a kind that is not supported")
        return loaded


def refuse_pin(uri: str) -> None:
    """Demand that a URI holds no PIN and no place of one, before it is kept anywhere.

    Raises:
        SigningError: it does; the message does not repeat it.
    """
    path, query = _parse(uri)
    if refused := [name for name in _REFUSED if name in query or name in path]:
        raise SigningError(f"{refused[0]} in a pkcs11: URI is refused; the PIN is asked for")


def _bare(uri: str, ask: passphrase.Ask, chain: str | None) -> TokenKey:
    refuse_pin(uri)
    path, query = _parse(uri)
    if "token" not in path or not {"object", "id"} & path.keys() or "module-path" not in query:
        raise SigningError(
            "a pkcs11: URI needs token=, object= or id=, and ?module-path= of the token's library"
        )
    pem = read_file(Path(chain), "certificate chain") if chain else b""
    token = unquote(path["token"])
    return TokenKey(
        module=query["module-path"],
        token=token,
        label=unquote(path["object"]) if "object" in path else None,
        identifier=unquote_to_bytes(path["id"]) if "id" in path else None,
        chain=pem,
        pin=passphrase.find(f"the token {token!r}", f"pkcs11:{token}", ask),
        algorithm=certified(pem).algorithm if pem else "",
    )


def _parse(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    """Split a URI into its path and query attributes, still percent-encoded (RFC 7512, 2.3)."""
    path, _, query = uri.partition(":")[2].partition("?")
    parts = [
        {
            unquote(name): value
            for name, found, value in (item.partition("=") for item in text.split(mark))
            if found
        }
        for text, mark in ((path, ";"), (query, "&"))
    ]
    return parts[0], {key: unquote(value) for key, value in parts[1].items()}


def _named(key: TokenKey) -> dict[str, Any]:
    named = {"label": key.label, "id": key.identifier}
    return {name: value for name, value in named.items() if value is not None}


@contextlib.contextmanager
def _session(key: TokenKey) -> Iterator[Any]:
    try:
        import pkcs11  # noqa: PLC0415 - optional
    except ImportError as error:
        raise MissingExtraError("a key in a PKCS#11 token", "pkcs11") from error
    try:
        token = pkcs11.lib(key.module).get_token(token_label=key.token)
        with token.open(user_pin=key.pin) as session:
            yield session
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        # Its errors often have no words of their own, only the name of their class.
        name = type(error).__name__
        said = _WORDS.get(name) or str(error) or f"it gave no reason but {name!r}"
        raise SigningError(f"the token refused: {said}") from error


@contextlib.contextmanager
def _private(key: TokenKey) -> Iterator[Any]:
    from pkcs11 import ObjectClass  # noqa: PLC0415 - optional

    with _session(key) as session:
        yield session.get_key(object_class=ObjectClass.PRIVATE_KEY, **_named(key))
