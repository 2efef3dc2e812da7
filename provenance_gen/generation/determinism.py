"""Ask torch for the same sums every time, and put its settings back afterwards.

diffusers' own switch does not restore cuDNN's and TF32's settings; this one does. It cannot make
two kinds of GPU agree, nor two versions of a library.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORKSPACE: Final = "CUBLAS_WORKSPACE_CONFIG"


def prepare() -> None:
    """Set what cuBLAS reads once, when CUDA is first used; so call this before a model loads."""
    os.environ.setdefault(_WORKSPACE, ":16:8")


@contextlib.contextmanager
def deterministic(*, wanted: bool = True) -> Iterator[None]:
    """Use deterministic algorithms while the block runs; nothing where that is not wanted.

    An operation that has no such form warns, and the attempt says that it was asked for.
    """
    if not wanted:
        yield
        return
    import torch

    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    places: list[tuple[Any, str, bool]] = [
        (torch.backends.cudnn, "deterministic", True),
        (torch.backends.cudnn, "benchmark", False),
        (torch.backends.cudnn, "allow_tf32", False),
        (torch.backends.cuda.matmul, "allow_tf32", False),
    ]
    old = [(place, name, getattr(place, name)) for place, name, _ in places]
    try:
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
        for place, name, value in places:
            setattr(place, name, value)
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        for place, name, value in old:
            setattr(place, name, value)
