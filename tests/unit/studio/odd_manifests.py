"""Signed pictures with anything in their manifests changed, as they are or signed anew.

Labels stay ASCII here, as in ``test_hostile_pictures``: how a worker that dies is survived is told
in ``test_pool_failures``.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from provenance_gen.credentials import container
from provenance_gen.records.export import Disclosure, Stated, Training
from tests.unit.credentials import foreign, samples, stores
from tests.unit.studio import odd_values
from tests.vectors.signed import WHO, signed, with_parent

if TYPE_CHECKING:
    from tests.unit.credentials.stores import Box


def _telling() -> bytes:
    """Sign a picture whose manifest has every assertion that we write."""
    said = Stated(author="A. Painter", training=Training.CONSTRAINED, conditions="ask me")
    made = samples.definition(samples.EDITED, Disclosure.FULL, stated=said)
    return foreign.sign(samples.encoded(), "image/png", WHO, made=made)[0]


WHOLE: Final = (_telling(), with_parent(signed("png")))


def _a_value(draw: st.DrawFn, box: Box, others: list[bytes]) -> None:
    """Put another value in the place of one, or one from elsewhere in the store."""
    places = stores.items(box.content)
    start, end = places[draw(st.integers(0, len(places) - 1))]
    made = draw(st.one_of(odd_values.VALUES, st.sampled_from(others)))
    box.content = box.content[:start] + made + box.content[end:]


def _a_byte(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    part = bytearray(box.content)
    part[draw(st.integers(0, len(part) - 1))] ^= draw(st.integers(1, 127))
    box.content = bytes(part)


def _a_length(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    own = len(box.encoded())
    box.lie = draw(st.sampled_from((0, 1, 7, 8, 9, own - 1, own + 1, 2**31, 2**32 - 1)))


def _a_label(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.rename(draw(st.sampled_from(odd_values.LABELS)).encode("ascii"))


def _a_kind(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.kind = draw(
        st.sampled_from((b"json", b"cbor", b"bfdb", b"bidb", b"uuid", b"free", bytes(4)))
    )


def _depth(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    """Put boxes around what is in a box."""
    about = box.inner[0]
    for _ in range(draw(st.integers(1, 150))):
        box.inner = [about, type(box)(b"jumb", inner=box.inner)]


def _a_box_less(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    del box.inner[draw(st.integers(0, len(box.inner) - 1))]


def _a_box_more(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    one = box.inner[draw(st.integers(0, len(box.inner) - 1))]
    box.inner[draw(st.integers(0, len(box.inner))) : 0] = [one] * draw(st.sampled_from((1, 2, 200)))


def _order(draw: st.DrawFn, box: Box, _others: list[bytes]) -> None:
    box.inner = draw(st.permutations(box.inner))


OF_VALUES: Final = (_a_value, _a_value, _a_value, _a_byte, _a_kind)
OF_BOXES: Final = (_a_label, _depth, _a_box_less, _a_box_more, _order)


@dataclass(frozen=True, repr=False)
class Case:
    """A signed file, and the same with its manifest changed."""

    whole: bytes
    data: bytes
    anew: bool
    """Whether it was signed anew."""
    how: tuple[str, ...]
    """What was done to it."""

    def __repr__(self) -> str:
        """Tell what was done; the bytes are too many to be shown."""
        return f"Case({self.how}, anew={self.anew})"


@st.composite
def changed(draw: st.DrawFn) -> Case:
    """Draw a file with anything in its manifest changed."""
    whole = draw(st.sampled_from(WHOLE))
    store = stores.parse(container.manifest_store(whole) or b"")
    boxes = [box for box in store[0].all() if box.kind == b"cbor"]
    others = [box.content[a:b] for box in boxes for a, b in stores.items(box.content)]
    done = []
    for _ in range(draw(st.integers(1, 4))):
        how = draw(st.sampled_from((*OF_VALUES, *OF_BOXES, _a_length)))
        within = [box for box in store[0].all() if how is _a_length or _fits(box, how)]
        if not within:
            continue
        box = draw(st.sampled_from(within))
        # A value that was changed already may be none that can be taken apart again.
        with contextlib.suppress(IndexError, AssertionError):
            how(draw, box, others)
            done.append(f"{how.__name__} in {box.label[:60] or box.kind!r}")
    anew = draw(st.booleans())
    if anew:
        return Case(whole, stores.signed_anew(whole, store, WHO.key), anew, tuple(done))
    return Case(whole, stores.embedded(whole, stores.encoded(store)), anew, tuple(done))


@st.composite
def invented(draw: st.DrawFn) -> Case:
    """Draw a file whose signer states odd things, in manifests that are otherwise in order."""
    whole = draw(st.sampled_from(WHOLE))
    store = stores.parse(container.manifest_store(whole) or b"")
    stated = [box for box in stores.assertions(store) if box.label != "c2pa.hash.data"]
    chosen = draw(st.lists(st.sampled_from(stated), min_size=1, max_size=2))
    for box in chosen:
        content = box.inner[-1]
        if content.kind == b"json":
            content.content = draw(odd_values.JSON)
            continue
        for _ in range(draw(st.integers(1, 2))):
            places = stores.items(content.content)
            start, end = places[draw(st.integers(0, len(places) - 1))]
            made = draw(st.recursive(odd_values.LEAVES, odd_values.several, max_leaves=8))
            content.content = content.content[:start] + made + content.content[end:]
    data = stores.signed_anew(whole, store, WHO.key)
    return Case(whole, data, anew=True, how=tuple(box.label for box in chosen))


def _fits(box: Box, how: object) -> bool:
    """Tell whether a box has what is to be changed."""
    if how in OF_VALUES:
        return box.kind == b"cbor" and bool(box.content)
    return bool(box.inner) and box.inner[0].kind == b"jumd"
