"""Damage to bytes, drawn at random: some changed, cut out, doubled or written over."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, whole: bytes, most: int = 8) -> bytes:
    """Draw bytes with 1 to ``most`` places of them damaged."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, most))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 4)):
            case 0 if data:
                data[place] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
            case 1 if data:
                data[place] ^= draw(st.integers(1, 255))
            case 2:
                del data[place : place + draw(st.integers(1, 60))]
            case 3:
                data[place:place] = data[place : place + draw(st.integers(1, 60))]
            case _:
                data[place : place + 4] = draw(st.binary(min_size=4, max_size=4))
    return bytes(data)
