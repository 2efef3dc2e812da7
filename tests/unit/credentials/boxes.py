"""Ways of tampering with a signed WebP, AVIF or TIFF; each must change the bytes it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from provenance_gen.credentials import container

if TYPE_CHECKING:
    from collections.abc import Callable

_C2PA_TAG: Final = 0xCD41
_COMMENT: Final = b"hello, a comment"


def pixel(data: bytes, unsigned: bytes) -> bytes:
    """Change one byte of the picture, which lies in the signed file as it was before."""
    middle = unsigned[len(unsigned) // 2 :][:16]
    place = data.index(middle)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def transplanted(data: bytes, other: bytes) -> bytes:
    """Put another file's manifest in."""
    ours, theirs = (container.manifest_store(one) or b"" for one in (data, other))
    assert ours
    assert len(ours) == len(theirs)
    return data.replace(ours, theirs)


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace within the manifest store."""
    store = container.manifest_store(data) or b""
    assert old in store
    assert len(old) == len(new)
    return data.replace(store, store.replace(old, new, 1))


def webp_text(data: bytes) -> bytes:
    """Add a chunk of metadata."""
    return _riff(data[12:] + b"XMP " + len(_COMMENT).to_bytes(4, "little") + _COMMENT)


def webp_removed(data: bytes) -> bytes:
    """Take the manifest's chunk out."""
    place = data.index(b"C2PA")
    length = int.from_bytes(data[place + 4 : place + 8], "little")
    return _riff(data[12:place] + data[place + 8 + length + (length & 1) :])


def avif_text(data: bytes) -> bytes:
    """Add a box of somebody's own; free space would be no tampering (C2PA leaves it out)."""
    content = b"uuid" + b"0123456789abcdef" + _COMMENT
    return data + (4 + len(content)).to_bytes(4, "big") + content


def avif_removed(data: bytes) -> bytes:
    """Call the manifest's box free space, so that no other box moves."""
    place = data.index(container._BOX_ID) - 4
    assert data[place : place + 4] == b"uuid"
    return data[:place] + b"free" + data[place + 4 :]


def tiff_text(data: bytes) -> bytes:
    """Add a description: a longer first directory at the end."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    start = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[start : start + 2], order)
    rest = start + 2 + 12 * count
    entries = [data[place : place + 12] for place in range(start + 2, rest, 12)]
    data += b"\x00" * (len(data) & 1)
    entry = b"".join(
        (
            (0x010E).to_bytes(2, order),
            (2).to_bytes(2, order),
            len(_COMMENT).to_bytes(4, order),
            len(data).to_bytes(4, order),
        )
    )
    entries = sorted([*entries, entry], key=lambda one: int.from_bytes(one[:2], order))
    at = len(data) + len(_COMMENT)
    directory = (count + 1).to_bytes(2, order) + b"".join(entries) + data[rest : rest + 4]
    return data[:4] + at.to_bytes(4, order) + data[8:] + _COMMENT + directory


def tiff_removed(data: bytes) -> bytes:
    """Call the manifest's tag another."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    tag = _C2PA_TAG.to_bytes(2, order) + (7).to_bytes(2, order)
    assert data.count(tag) == 1
    return data.replace(tag, (_C2PA_TAG + 1).to_bytes(2, order) + (7).to_bytes(2, order))


def _riff(body: bytes) -> bytes:
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + b"WEBP" + body


TEXT: Final[dict[str, Callable[[bytes], bytes]]] = {
    "webp": webp_text,
    "avif": avif_text,
    "tiff": tiff_text,
}
REMOVED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "webp": webp_removed,
    "avif": avif_removed,
    "tiff": tiff_removed,
}
