"""Bytes of a YAML file to plain values that know their lines; no schema.

A policy holds data only: no tags, no anchors, no repeated keys, nothing deep. libyaml reads it
where PyYAML has it, ten times as fast as PyYAML's own parser; that one is asked again where a file
cannot be read, so that the same fault is told in the same words everywhere.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from provenance_gen.errors import PolicyError
from provenance_gen.policy import faults

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_DEPTH: Final = 24

_RESOLVERS: Final = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(":timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""A date stays the text it is written as."""


class _Slow(yaml.SafeLoader):
    """PyYAML's own parser."""


class _Fast(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml's parser, where PyYAML was built with it."""


for _loader in (_Slow, _Fast):
    _loader.yaml_implicit_resolvers = _RESOLVERS

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Document:
    """One YAML file."""

    value: dict[str, Any]
    node: yaml.MappingNode

    def line(self, place: Sequence[int | str]) -> int:
        """Return the line, from 1, of the deepest key or item on the way to a place."""
        node: yaml.Node = self.node
        line: int = node.start_mark.line + 1
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    break
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line


def read(data: bytes, source: str) -> Document:
    """Read a file that holds one mapping.

    Args:
        data: the bytes; UTF-8, with or without a byte order mark.
        source: name of the file, for the error.

    Raises:
        PolicyError: it is none; with the line where it can be told.
    """
    text = _decode(data, source)
    try:
        return _document(text, source, _Fast)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        pass
    try:
        return _document(text, source, _Slow)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        letter = f"U+{error.character:04X}"
        raise PolicyError(source, f"character {letter} is not allowed", line) from error
    except yaml.MarkedYAMLError as error:
        raise PolicyError(source, *faults.of_yaml(text, error)) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise PolicyError(source, f"not YAML: {error}") from error


def _decode(data: bytes, source: str) -> str:
    if data.startswith(_UTF_16):
        raise PolicyError(source, "this file was saved as UTF-16; save it as UTF-8", 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise PolicyError(source, "this is no text in UTF-8; save it as UTF-8") from error
        line = data[: error.start].count(b"\n") + 1
        raise PolicyError(source, "this file is not UTF-8; save it as UTF-8", line) from error
    if "\0" in text:
        raise PolicyError(source, "this is no text in UTF-8; save it as UTF-8")
    return text


def _document(text: str, source: str, loader: type[_Slow | _Fast]) -> Document:
    _refuse(text, source, loader)
    reader = loader(text)
    try:
        node = reader.get_single_node()
        if node is None:
            raise PolicyError(source, "the file is empty", 1)
        if not isinstance(node, yaml.MappingNode):
            words = "a policy is written as keys with values, as in version: 1; this is not"
            raise PolicyError(source, words, 1)
        _refuse_repeated(node, source)
        return Document(reader.construct_document(node), node)
    finally:
        reader.dispose()


def _refuse(text: str, source: str, loader: type[_Slow | _Fast]) -> None:
    """Refuse what could grow when it is read, and what policies need not, before it is."""
    depth = 0
    for event in yaml.parse(text, loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            words = "anchors and aliases are not allowed: put a value that begins with & or * in"
            raise PolicyError(source, f"{words} quotation marks", line)
        if getattr(event, "tag", None):
            words = "tags are not allowed: put a value that begins with ! in quotation marks"
            raise PolicyError(source, words, line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise PolicyError(source, f"nested deeper than {MAX_DEPTH} levels", line)


def _refuse_repeated(node: yaml.Node, source: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise PolicyError(source, "a key must be a word", line)
            if key.value in seen:
                raise PolicyError(source, f"the key {key.value!r} stands here twice", line)
            seen.add(key.value)
            _refuse_repeated(value, source)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated(item, source)
