"""Arrays as bytes: their SHA-256 is the array's digest, and they come back as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from provenance_gen.digests import sha256_hex
from provenance_gen.errors import ImageError
from provenance_gen.images.arrays import array_bytes, read_array
from provenance_gen.images.pixels import array_digest

_KINDS = (
    arrays.floating_dtypes(endianness="=")
    | arrays.integer_dtypes(endianness=">")
    | arrays.boolean_dtypes()
)


@given(arrays.arrays(_KINDS, arrays.array_shapes(min_dims=0, max_dims=4, max_side=4)))
def test_round_trip(array: Any) -> None:
    """One digest names an array and finds its bytes."""
    data = array_bytes(array)
    assert sha256_hex(data) == array_digest(array)
    again = read_array(data)
    assert (again.shape, again.tobytes()) == (array.shape, array.astype(again.dtype).tobytes())
    assert array_digest(again) == array_digest(array)


@pytest.mark.parametrize(
    "data", [b"", b"provenance-gen array 1\n", b"provenance-gen array 1\n<f4 3\n\0"]
)
def test_damaged_bytes(data: bytes) -> None:
    """What is no array is refused."""
    with pytest.raises(ImageError, match="damaged"):
        read_array(data)


def test_objects_have_no_bytes() -> None:
    """Only plain numbers are kept."""
    with pytest.raises(ImageError):
        array_bytes(np.array([object()]))
