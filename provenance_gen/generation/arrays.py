"""Tensors and numpy arrays into the store of blobs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from provenance_gen.errors import ImageError
from provenance_gen.images.arrays import array_bytes, read_array
from provenance_gen.images.pixels import array_digest
from provenance_gen.records.generation import StoredArray

if TYPE_CHECKING:
    import numpy.typing as npt

    from provenance_gen.images.store import ImageStore

MAX_ARGUMENT: Final = 64 << 20
"""Largest array given to a call that is kept, in bytes: 16 million numbers of 32 bits."""

MAX_OUTPUT: Final = 1 << 30
"""Largest array that a call gave back that is kept, in bytes."""

_PATTERNS: Final = "bfloat16"
"""The one floating-point type that numpy does not know; kept as its 16-bit patterns."""


def is_array(value: Any) -> bool:
    """Tell whether a value is a torch tensor or a numpy array."""
    return isinstance(value, np.ndarray) or is_tensor(value)


def is_tensor(value: Any) -> bool:
    """Tell whether a value is a torch tensor; torch is not imported for it."""
    return type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "untyped_storage")


def keep(store: ImageStore, value: Any, *, limit: int) -> StoredArray:
    """Store an array as a blob and describe it; one above the limit is only digested.

    Raises:
        ImageError: its elements have no bytes that could be kept (quantised, sparse, objects).
        StorageError: the disk is full.
    """
    array, dtype = to_numpy(value)
    shape = tuple(array.shape)
    if array.nbytes > limit:
        return StoredArray(digest=array_digest(array), dtype=dtype, shape=shape, stored=False)
    return StoredArray(digest=store.put_blob(array_bytes(array)), dtype=dtype, shape=shape)


def restore(store: ImageStore, stored: StoredArray, *, torch: bool) -> Any:
    """Read an array back, as a torch tensor on the CPU or as a numpy array.

    Raises:
        ImageError: it was not kept, or is missing or altered.
    """
    if not stored.stored:
        raise ImageError("an array was too large to be kept")
    array = read_array(store.blob(stored.digest))
    if not torch:
        return array
    import torch as library

    tensor = library.from_numpy(array)
    return tensor.view(library.bfloat16) if stored.dtype == _PATTERNS else tensor


def to_numpy(value: Any) -> tuple[npt.NDArray[Any], str]:
    """Return an array's elements in numpy's memory, and the name of their type.

    Raises:
        ImageError: see ``keep``.
    """
    if isinstance(value, np.ndarray):
        return value, value.dtype.name
    name = str(value.dtype).removeprefix("torch.")
    try:
        plain = value.detach().cpu().contiguous()
        if name == _PATTERNS:
            import torch

            plain = plain.view(torch.int16)
        return plain.numpy(), name
    except (TypeError, RuntimeError, NotImplementedError) as error:
        raise ImageError(f"a tensor of {name} has no bytes to keep") from error
