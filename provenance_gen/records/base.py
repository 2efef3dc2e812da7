"""The base of every record, and the types its fields are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

MAX_TEXT: Final = 1_000_000
"""Longest text in characters: far above any prompt, far below what would stall a report."""


class Record(BaseModel):
    """A frozen value that travels between rooms; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def model_post_init(self, _context: Any, /) -> None:
        """Share the set of the names of given fields with records that were given the same.

        A large work is read into hundreds of thousands of records; each with a set of its own,
        the sets would take more memory than all that the records hold. Nothing changes them: a
        record is frozen, and a changed copy of it gets a copy of its set.
        """
        self._share()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, with some fields as ``update`` gives them; these are not validated."""
        copied = super().model_copy(update=update, deep=deep)
        copied._share()  # noqa: SLF001 - our own
        return copied

    def _share(self) -> None:
        given = self.__pydantic_fields_set__
        shared = _GIVEN.setdefault(frozenset(given), given)
        object.__setattr__(self, "__pydantic_fields_set__", shared)


_GIVEN: Final[dict[frozenset[str], set[str]]] = {}
"""Sets of names of fields that were given together."""


class Text(str):
    """Words of a person or of an outside program.

    A text never enters an event's body: there it stands as a salted commitment, and the words
    lie in a side table from which they can be deleted (see ``records.event``). A field that
    holds ``None`` was left out, or its words were withheld or deleted since.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate as a string that UTF-8 can hold, and keep the type."""
        return core_schema.no_info_after_validator_function(
            cls._checked, core_schema.str_schema(max_length=MAX_TEXT)
        )

    @classmethod
    def _checked(cls, value: str) -> Text:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("text holds a lone surrogate, which UTF-8 cannot hold") from error
        return cls(value)


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 as 64 lowercase hexadecimal characters."""

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:+\-]{1,128}$")]
"""A name from a known vocabulary (class, scheduler, version, identifier): no spaces, no paths."""

Decimal = Annotated[str, StringConstraints(pattern=r"^-?(\d+(\.\d+)?(e[+-]?\d+)?|inf)$|^nan$")]
"""A number as its shortest decimal text, since event bodies hold no floats."""

Natural = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d{0,19})$")]
"""A whole number up to 2^64-1 as text, since JSON readers round what is above 2^53."""

Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
"""A point in time, RFC 3339 in UTC."""

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A whole number from 0 to 2^53-1."""

EventNumber = Count | Annotated[str, StringConstraints(pattern=r"^\d{1,4}:\d{1,16}$")]
"""An event by its number in its log; with the log's number before it where there are several."""

Region = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the image named beside it; the origin is top left."""


def event_order(number: EventNumber) -> tuple[int, int]:
    """Return what puts events into their order: the log's number, then the event's."""
    log, _, sequence = str(number).rpartition(":")
    return (int(log or 0), int(sequence))


def decimal(value: float) -> Decimal:
    """Write a number as the shortest decimal text that reads back to the same double.

    Whole numbers lose their ``.0``: ``4.0`` becomes ``4``.
    """
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    text = repr(float(value))
    return text.removesuffix(".0")
