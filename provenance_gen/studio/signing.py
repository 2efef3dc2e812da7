"""The user's signing keys: made, listed, certified, brought in, and chosen for a studio.

A studio is born with a key and a development certificate of its own. Further keys have names and
lie in the user's configuration (``keys/<name>/``), never in a studio; ``signing.json`` beside a
studio's own secrets says which of them signs there. A key that signs in two studios links their
exports, which is wanted of a name that a certificate authority vouched for, and of nothing else.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from provenance_gen.credentials import keyfile, passphrase, requests
from provenance_gen.credentials.algorithms import (
    algorithm_of,
    generate,
    key_digest,
    spki,
)
from provenance_gen.credentials.authority import certify, is_development
from provenance_gen.credentials.fitness import demand_fit
from provenance_gen.credentials.signer import certified, open_elsewhere, open_signer, read_leaf
from provenance_gen.credentials.trust import TrustList, given_list
from provenance_gen.digests import write_atomic
from provenance_gen.errors import SettingsError, SigningError, UsageError
from provenance_gen.studio import named_keys
from provenance_gen.studio.named_keys import (
    FIRST,
    Described,
    NamedKey,
    describe,
    first_key,
    named_key,
)

if TYPE_CHECKING:
    from provenance_gen.credentials.passphrase import Ask
    from provenance_gen.credentials.signer import CredentialSigner
    from provenance_gen.credentials.trust import Anchors
    from provenance_gen.studio.studio import Studio

_SCHEME: Final = "pkcs11:"


def new_key(
    name: str,
    *,
    algorithm: str = "es256",
    uri: str | None = None,
    password: str | None = None,
    remember: bool = False,
    ask: Ask = passphrase.nobody,
) -> NamedKey:
    """Make a key, or take one in a token, and give it a development certificate.

    Args:
        name: what the user calls it; it leaves in no file.
        algorithm: of a key made here.
        uri: a ``pkcs11:`` URI of a key that lies in a token; then nothing is made here.
        password: passphrase to encrypt the key file with.
        remember: keep the passphrase in the system's keyring.
        ask: asks a person for a token's PIN.

    Raises:
        UsageError: the name is not usable or taken, or there is no such algorithm.
        SigningError: the token's key cannot be used.
        StorageError: the configuration folder cannot be written.
    """
    folder = named_keys.free_folder(name)
    pem: bytes | None = None
    if uri is not None:
        public = _token_key(uri, ask)
    else:
        key = generate(algorithm)
        public = key.public_key()
        pem = keyfile.encrypted(key, password) if password else keyfile.clear(key)
        if password and remember:
            passphrase.remember(key_digest(public), password)
    chain, root = certify(public, datetime.now(UTC))
    return named_keys.write(NamedKey(name, folder, uri, ()), pem, chain, root, "development")


def import_key(
    name: str,
    *,
    chain: bytes,
    root: bytes | None = None,
    key: bytes | None = None,
    uri: str | None = None,
    studio: Studio | None = None,
    ask: Ask = passphrase.nobody,
) -> NamedKey:
    """Bring in a certificate for a key that is here, or a key with its certificate.

    Args:
        name: of a key that is here, or a free name where ``key`` or ``uri`` is given.
        chain: PEM, the leaf first; what a certificate authority answered to a request.
        root: PEM, the root that the chain leads to; may stand at the chain's end instead.
        key: a private key in PEM form; it is kept as it is, encrypted or not.
        uri: where the key signs, for one that lies elsewhere.
        studio: whose first key the certificate may be for.
        ask: asks a person for a passphrase or PIN.

    Raises:
        UsageError: the name is taken, or there is no such key.
        SigningError: chain, root and key do not belong together, or cannot sign.
    """
    if uri is not None and uri.startswith(_SCHEME):
        from provenance_gen.credentials import pkcs11  # noqa: PLC0415 - optional

        pkcs11.refuse_pin(uri)
    leaf = read_leaf(chain)
    certified(chain)
    top = _root(chain, root)
    kind = "development" if is_development(leaf) else "issued"
    if key is None and uri is None:
        try:
            known = _known(studio, name)
        except UsageError as error:
            raise UsageError(f"{error}; to bring one in, add --key FILE or --uri URI") from error
        if spki(leaf.public_key()) != spki(read_leaf(known.chain.read_bytes()).public_key()):
            raise SigningError(
                f"this certificate is not of the key {name}; see which are here with: provgen keys"
                " list"
            )
        demand_fit(chain, top)
        return named_keys.write(known, None, chain, top, kind)
    if key is not None:
        opened = keyfile.load(key, "given", leaf.public_key(), ask)
        if spki(opened.public_key()) != spki(leaf.public_key()):
            raise SigningError("the key does not belong to the first certificate of the chain")
    demand_fit(chain, top)
    folder = named_keys.free_folder(name)
    return named_keys.write(NamedKey(name, folder, uri, ()), key, chain, top, kind)


def request(
    name: str, subject: str, *, studio: Studio | None = None, ask: Ask = passphrase.nobody
) -> bytes:
    """Write a request for a certificate (PKCS#10), to be sent to a certificate authority.

    Args:
        name: of a key, wherever it lies; its certificate may have ended.
        subject: what the certificate shall say, such as ``CN=A. Painter,O=Studio,C=DE``.
        studio: whose first key may be meant.
        ask: asks a person for the key's passphrase, or a token's PIN.

    Raises:
        UsageError: there is no such key, or the subject cannot be read.
        SigningError: the key cannot be opened, or did not sign.
    """
    known = _known(studio, name)
    public = read_leaf(keyfile.read_file(known.chain, "certificate chain")).public_key()
    if known.uri is None:
        key: Any = keyfile.load(keyfile.read_file(known.key, "signing key"), name, public, ask)
    else:
        key = requests.elsewhere(public, open_elsewhere(known.uri, algorithm_of(public), ask))
    return requests.write(subject, key)


def rotate(studio: Studio, name: str | None = None) -> NamedKey:
    """Sign with another key from now on; what was signed before stays valid.

    Args:
        studio: a studio of this user.
        name: of one of the user's keys; left out, a new one is made, of the same algorithm.

    Raises:
        UsageError: there is no such key, the studio is not this user's, or no name is given where
            the key in use is protected and the new one would not be.
    """
    studio.demand_own()
    if name is None:
        used = describe(in_use(studio))
        _demand_plain(used)
        known = new_key(f"key-{secrets.token_hex(4)}", algorithm=used.algorithm)
    else:
        known = _known(studio, name)
    certified(known.chain.read_bytes())
    write_atomic(studio.secrets.signing, json.dumps({"key": known.name}).encode(), mode=0o600)
    return known


def list_keys(studio: Studio | None = None) -> tuple[NamedKey, ...]:
    """Return the user's named keys, and the one that a studio was born with, first."""
    found = named_keys.all_keys()
    return (
        (first_key(studio.secrets), *found) if studio is not None and not studio.foreign else found
    )


def in_use(studio: Studio) -> NamedKey:
    """Return the key that signs in a studio.

    Raises:
        SettingsError: the note of it is damaged, or the key is gone.
    """
    note = studio.secrets.signing
    if not note.is_file():
        return first_key(studio.secrets)
    try:
        return _known(studio, str(json.loads(note.read_bytes())["key"]))
    except (OSError, ValueError, LookupError, TypeError, UsageError) as error:
        raise SettingsError(f"{note}: {error}; choose a key with: provgen keys rotate") from error


def open_key(
    studio: Studio, reference: str | None = None, ask: Ask = passphrase.nobody
) -> tuple[CredentialSigner, Anchors]:
    """Open a signer, with the list that vouches for it.

    Args:
        studio: a studio of this user.
        reference: a key's name or a URI; left out, the studio's own choice.
        ask: asks a person for a passphrase or PIN.

    Raises:
        UsageError: there is no such key, or no such kind of URI.
        SigningError: it cannot be opened, or a URI's certificates lead to no root.
    """
    if reference is not None and ":" in reference:
        signer = open_signer(reference, ask)
        # The chain of a plug-in or file may lead to a root that is the user's already.
        return signer, (*own_roots(studio), *_last_as_root(signer.certified.chain))
    known = in_use(studio) if reference is None else _known(studio, reference)
    uri = keyfile.file_uri(known.key, known.chain)
    if known.uri is not None:
        mark = "&" if "?" in known.uri else "?"
        uri = f"{known.uri}{mark}chain={quote(str(known.chain))}"
    root = given_list(known.root.read_bytes(), f"root of the key {known.name}")
    return open_signer(uri, ask), (root,)


def own_roots(studio: Studio) -> tuple[TrustList, ...]:
    """Return the development roots of a studio and of the user's keys; none for a foreign one."""
    return () if studio.foreign else (named_keys.development_roots(studio.secrets),)


def _known(studio: Studio | None, name: str) -> NamedKey:
    if name != FIRST:
        return named_key(name)
    if studio is None:
        raise UsageError(
            f"{FIRST!r} is the key that a studio was born with; go into that studio's folder"
        )
    studio.demand_own()
    return first_key(studio.secrets)


def _demand_plain(used: Described) -> None:
    """Refuse to put a key in a file, or one without a passphrase, in the place of a better kept."""
    if used.uri is None and not used.encrypted:
        return
    more = "--encrypt" if used.uri is None else "--uri URI (of a key that its own tools made there)"
    raise UsageError(
        f"the key {used.name} lies in {used.place}, and a new one would lie in a file without a"
        f" passphrase; make one that is as well kept: provgen keys new NAME {more}, then: provgen"
        " keys rotate NAME"
    )


def _token_key(uri: str, ask: Ask) -> Any:
    if not uri.startswith(_SCHEME):
        raise UsageError(
            "a development certificate is made for a key in a pkcs11: token; for any other kind"
            " give the chain: provgen keys import NAME --uri URI --chain FILE"
        )
    from provenance_gen.credentials import pkcs11  # noqa: PLC0415 - optional

    return pkcs11.public_key(uri, ask)


def _root(chain: bytes, root: bytes | None) -> bytes:
    """Return the root that a chain leads to: the one given, or the chain's own last."""
    if root is not None:
        return given_list(root, "the root").pem.encode()
    if found := _last_as_root(chain):
        return found[0].pem.encode()
    raise SigningError(
        "the chain does not end in a root; give the certificate authority's with --root, so that"
        " every signed file can be checked before it leaves"
    )


def _last_as_root(chain: bytes) -> tuple[TrustList, ...]:
    last = x509.load_pem_x509_certificates(chain)[-1]
    if last.issuer != last.subject:
        return ()
    return (given_list(last.public_bytes(serialization.Encoding.PEM), "root of the chain"),)
