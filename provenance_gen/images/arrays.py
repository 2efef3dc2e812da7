"""Arrays that are no images, as bytes whose SHA-256 is their ``array_digest``, and back.

So one digest both names an array and finds its blob. What an array means is left to others.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from provenance_gen.errors import ImageError

_HEADER: Final = b"provenance-gen array 1\n"
_LINE: Final = re.compile(rb"([<|][biufc]\d{1,2}) (\d*(?:,\d+)*)\n")
_LONGEST: Final = 512


def array_bytes(array: npt.NDArray[Any]) -> bytes:
    """Return the bytes that ``images.pixels.array_digest`` hashes: header, then elements.

    Raises:
        ImageError: elements that are not plain numbers or truth values.
    """
    if array.dtype.kind not in "biufc":
        raise ImageError(f"an array of {array.dtype.name} has no bytes to keep")
    little = array.dtype.newbyteorder("<")
    shape = ",".join(str(length) for length in array.shape)
    header = _HEADER + f"{little.str} {shape}\n".encode("ascii")
    return header + array.astype(little, order="C", copy=False).tobytes()


def read_array(data: bytes) -> npt.NDArray[Any]:
    """Read an array back from its bytes; it is a copy and may be written.

    Raises:
        ImageError: the bytes are no array.
    """
    line = _LINE.match(data[:_LONGEST], len(_HEADER)) if data.startswith(_HEADER) else None
    if line is None:
        raise ImageError("a stored array is damaged: it has no header")
    shape = tuple(int(length) for length in line[2].split(b",") if length)
    try:
        flat = np.frombuffer(data, dtype=np.dtype(line[1].decode("ascii")), offset=line.end())
        return flat.reshape(shape).copy()
    except (ValueError, TypeError) as error:
        raise ImageError("a stored array is damaged: it is cut short") from error
