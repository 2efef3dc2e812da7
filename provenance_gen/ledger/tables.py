"""The ledger's tables. Private to this room: nothing outside it sees a row.

``event.body`` and ``event.leaf`` are the ledger; the other columns of ``event`` are copies that
the audit compares with the body, ``head`` is a cache that it recomputes, and ``subject`` and
``node`` are indexes that can be rebuilt. Statements are written against the Core tables at the end
of this module, since loading entities is five times slower than streaming columns. The column
types exist in SQLite and PostgreSQL alike, and text has the order of its bytes in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

if TYPE_CHECKING:
    from sqlalchemy import Dialect

# SQLite gives a row number of its own to INTEGER keys only; PostgreSQL wants 64 bits.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

# Without it PostgreSQL sorts by the rules of a language.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


class _Bytes(LargeBinary):
    """Bytes as SQLite gives them.

    The usual type calls ``bytes`` on every value, which costs time and turns a damaged number
    into that many zeros.
    """

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Leave SQLite's values as they are."""
        if dialect.name == "sqlite":
            return None
        return super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]


class EventRow(SQLModel, table=True):
    """One event; ``body`` holds canonical bytes exactly as they were hashed."""

    __tablename__ = "event"
    seq: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))
    session_id: str = Field(sa_column=Column(_TEXT, nullable=False, index=True))
    type: str = Field(sa_column=Column(_TEXT, nullable=False))
    body: bytes = Field(sa_column=Column(_Bytes, nullable=False))
    leaf: bytes = Field(sa_column=Column(_Bytes, nullable=False, unique=True))


class HeadRow(SQLModel, table=True):
    """The one row that says where the log stands."""

    __tablename__ = "head"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    origin: str = Field(sa_column=Column(_TEXT, nullable=False))
    size: int = Field(sa_column=Column(_SEQUENCE, nullable=False))
    last: bytes = Field(sa_column=Column(_Bytes, nullable=False))
    """Leaf hash of the newest event; empty before the first."""
    frontier: bytes = Field(sa_column=Column(_Bytes, nullable=False))
    """Roots of the perfect subtrees, 32 bytes each, largest first."""
    anchor: bytes = Field(sa_column=Column(_Bytes, nullable=False))
    """SHA-256 of the newest time-stamp that no event has cited yet; empty when there is none."""


class SecretRow(SQLModel, table=True):
    """The words behind a commitment; deleting the row withholds them for good."""

    __tablename__ = "secret"
    seq: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))
    path: str = Field(sa_column=Column(_TEXT, primary_key=True))
    disclosure: str = Field(sa_column=Column(_TEXT, nullable=False))


class SubjectRow(SQLModel, table=True):
    """Which events speak of a work, an attempt, an image or a file."""

    __tablename__ = "subject"
    kind: str = Field(sa_column=Column(_TEXT, primary_key=True))
    key: str = Field(sa_column=Column(_TEXT, primary_key=True))
    seq: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))


class CheckpointRow(SQLModel, table=True):
    """A signed tree head; also kept as a file beside the database."""

    __tablename__ = "checkpoint"
    size: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))
    note: str = Field(sa_column=Column(_TEXT, nullable=False))


class AnchorRow(SQLModel, table=True):
    """An outside time-stamp over a checkpoint."""

    __tablename__ = "anchor"
    size: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(_TEXT, primary_key=True))
    token: bytes = Field(sa_column=Column(_Bytes, nullable=False))
    received_at: str = Field(sa_column=Column(_TEXT, nullable=False))


class NodeRow(SQLModel, table=True):
    """A node of the Merkle tree at every fourth height; see ``nodes``."""

    __tablename__ = "node"
    number: int = Field(sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=False))
    """(2 · place + 1) · 2^height - 1, which is each node's number from left to right."""
    hash: bytes = Field(sa_column=Column(_Bytes, nullable=False))


class MigrationRow(SQLModel, table=True):
    """A migration that was applied, written in the same transaction."""

    __tablename__ = "migration"
    name: str = Field(sa_column=Column(_TEXT, primary_key=True))
    applied_at: str = Field(sa_column=Column(_TEXT, nullable=False))


_TABLES = SQLModel.metadata.tables
EVENT: Final[Table] = _TABLES["event"]
HEAD: Final[Table] = _TABLES["head"]
SECRET: Final[Table] = _TABLES["secret"]
SUBJECT: Final[Table] = _TABLES["subject"]
CHECKPOINT: Final[Table] = _TABLES["checkpoint"]
ANCHOR: Final[Table] = _TABLES["anchor"]
MIGRATION: Final[Table] = _TABLES["migration"]
NODE: Final[Table] = _TABLES["node"]
