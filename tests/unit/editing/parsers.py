"""What is asked of every parser of steps: it understands a text, or says shortly what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from provenance_gen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def demand_refusal(parser: Callable[[str], Any], text: str, most: int) -> None:
    """Have a text refused in fewer than ``most`` characters, and not repeated raw."""
    with pytest.raises(UsageError) as raised:
        parser(text)
    assert len(str(raised.value)) < most
    assert "\x1b" not in str(raised.value)


def demand_step_or_refusal(parsers: Sequence[Callable[[str], Any]], text: str) -> None:
    """Show a text to parsers, which may raise nothing but our error, in a message to be shown."""
    for parser in parsers:
        try:
            parser(text)
        except UsageError as error:
            assert str(error).isprintable()  # noqa: PT017 - both ends are right
