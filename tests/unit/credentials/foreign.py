"""Files signed as other programs sign them: other certificates, other formats, other places."""

from __future__ import annotations

import functools
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.certificates import AUTHORITY, SIGNER, certificate, key_usage
from tests.unit.credentials import samples

EMAIL: Final = "1.3.6.1.5.5.7.3.4"
DOCUMENTS: Final = "1.3.6.1.5.5.7.3.36"
CLAIMS: Final = "1.3.6.1.4.1.62558.2.1"
OURS: Final = "1.3.6.1.4.1.99999.1"


@dataclass(frozen=True)
class Stranger:
    """A certificate authority and what it certified."""

    root: bytes
    chain: bytes
    key: bytes
    usage: str


@functools.cache
def stranger(
    usage: str = EMAIL,
    seconds: int = 86_400,
    name: str = "A Newsroom",
    *,
    root_name: str = "Some Root",
    serial: int | None = None,
) -> Stranger:
    """Issue a certificate for signing, as a stranger's authority would."""
    now = datetime.now(UTC) - timedelta(seconds=2)
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    top = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, root_name)])
    leaf = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    ski = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())

    def issue(subject: x509.Name, public: Any, *, ca: bool, until: datetime) -> bytes:
        built = (
            certificate(subject, top, public, now, until, serial=serial)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), critical=False
            )
            .add_extension(key_usage(*(AUTHORITY if ca else SIGNER)), critical=True)
        )
        if not ca:
            purposes = x509.ExtendedKeyUsage([ObjectIdentifier(usage)])
            built = built.add_extension(purposes, critical=False)
        return built.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    end = now + timedelta(days=3650)
    root = issue(top, authority.public_key(), ca=True, until=end)
    until = now + timedelta(seconds=seconds + 2)
    return Stranger(
        root=root,
        chain=issue(leaf, key.public_key(), ca=False, until=until) + root,
        key=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        usage=usage,
    )


def sign(
    data: bytes,
    media_type: str,
    who: Stranger,
    *,
    made: dict[str, Any] | None = None,
    url: str | None = None,
    aside: bool = False,
    parent: bytes | None = None,
    authority: str | None = None,
    more_roots: bytes = b"",
) -> tuple[bytes, bytes]:
    """Sign bytes; return the signed file and the manifest store.

    Args:
        data: the file.
        media_type: its kind.
        who: the signer.
        made: the manifest; by default of a picture that a model made, with a title.
        url: where the manifest will lie; the file then carries only this address.
        aside: leave the file as it is; the manifest then lies beside it.
        parent: a PNG that the file was made from.
        authority: address of a time-stamp authority.
        more_roots: further certificates to believe while signing, such as the authority's.
    """
    context = c2pa.Context.from_dict(
        {
            "verify": {"remote_manifest_fetch": False},
            "builder": {"thumbnail": {"enabled": False}},
            "trust": {
                "user_anchors": (who.root + more_roots).decode(),
                "trust_config": f"{EMAIL}\n{who.usage}\n",
            },
        }
    )
    definition = made or samples.definition(samples.EDITED, media_type=media_type)
    builder = c2pa.Builder(json.dumps(definition), context=context)
    if parent is not None:
        named = {"title": "parent.png", "relationship": "parentOf", "label": "p"}
        builder.add_ingredient(json.dumps(named), "image/png", io.BytesIO(parent))
    if aside or url is not None:
        builder.set_no_embed()
    if url is not None:
        builder.set_remote_url(url)
    info = c2pa.C2paSignerInfo(
        alg=b"es256", sign_cert=who.chain, private_key=who.key, ta_url=authority
    )
    target = io.BytesIO()
    with c2pa.Signer.from_info(info) as signer:
        store = builder.sign(signer, media_type, io.BytesIO(data), target)
    return target.getvalue(), bytes(store)
