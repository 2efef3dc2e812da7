"""YAML to ``Policy``, with an error that names file, line and reason for whatever is wrong.

A policy file holds data only: no tags, no anchors, no repeated keys. Whoever writes one in the
wrong shape is told where; a broken or an empty file is never passed over in silence.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import ValidationError

from provenance_gen import resources
from provenance_gen.errors import MissingPolicyError, PolicyError, UnknownPolicyError
from provenance_gen.policy.references import check
from provenance_gen.records.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

MAX_BYTES: Final = 512 * 1024
"""A hundred times a shipped policy; larger files are refused before they are parsed."""

MAX_DEPTH: Final = 24

MAX_FOREIGN: Final = 96 * 1024
"""The same for one that the user did not choose: some YAML takes long to read for its size."""

_TOO_LARGE: Final = "larger than any policy is"

_SHIPPED: Final = re.compile(r"[a-z0-9][a-z0-9-]*")


class _Loader(yaml.SafeLoader):
    """Safe loader in which a date stays the text it is written as."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if not tag.endswith(":timestamp")]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def shipped() -> tuple[str, ...]:
    """Return the identifiers of the policies that come with the package, sorted."""
    names = (item.name for item in resources.policies().iterdir())
    return tuple(sorted(n.removesuffix(".yaml") for n in names if n.endswith(".yaml")))


def load(name_or_path: str | Path) -> Policy:
    """Read a shipped policy by its identifier, or a file of the user's own by its path.

    A shipped identifier wins over a file of the same name; write ``./name`` for the file.

    Raises:
        PolicyError: there is no such policy, or the file cannot be used; with file and line.
    """
    return parse(*content(name_or_path))


def watched(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """Return the policies whose forbidden statements a report on some policies is searched for.

    A policy that is not ours may forbid nothing, and state what no report may: then what any of
    ours forbids is looked for as well.
    """
    ours = shipped()
    if all(policy.id in ours and policy.forbidden_statements for policy in policies):
        return tuple(policies)
    known = {policy.id for policy in policies if policy.forbidden_statements}
    others = (load(name) for name in ours if name not in known)
    return (*policies, *(one for one in others if one.forbidden_statements))


def content(name_or_path: str | Path) -> tuple[bytes, str]:
    """Return the bytes of a policy file and its name for errors; see ``load``.

    Raises:
        PolicyError: there is no such policy, or the file cannot be read.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, str) and _SHIPPED.fullmatch(name) and name in shipped():
        return _read(resources.policies().joinpath(f"{name}.yaml"), name), f"{name}.yaml"
    path = Path(name_or_path)
    if not path.is_file():
        if not isinstance(name_or_path, str) or path.name != name or path.suffix:
            raise MissingPolicyError(name, "no such file")
        known = ", ".join(shipped())
        raise UnknownPolicyError(
            name, f"no such file, and no shipped policy of this name ({known})"
        )
    return _read(path, name), name


_PLAINLY: Final = {
    "extra_forbidden": "no key is named so here",
    "missing": "this key is missing",
}
"""Words for mistakes that pydantic tells in its own terms."""


def parse(data: bytes, source: str, *, foreign: bool = False) -> Policy:
    """Read a policy from the bytes of a YAML file.

    Args:
        data: the bytes; UTF-8.
        source: name of the file, for the error.
        foreign: the user did not choose the file. Its ``forbidden_statements`` are left out, since
            an expression of a stranger can take a lifetime to search for.

    Raises:
        PolicyError: the bytes are no policy; with the line where it can be told.
    """
    if len(data) > (MAX_FOREIGN if foreign else MAX_BYTES):
        raise PolicyError(source, _TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PolicyError(source, "the file is not UTF-8", line) from error
    node = _compose(text, source)
    value = _plain(text, source)
    if foreign:
        value.pop("forbidden_statements", None)
    try:
        # Through JSON, since strict validation there takes lists for tuples and text for enums,
        # and still refuses "1" for 1.
        policy = Policy.model_validate_json(json.dumps(value, allow_nan=False), strict=True)
    except ValidationError as error:
        first, *others = error.errors(include_url=False)
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        said = _PLAINLY.get(first["type"], first["msg"])
        more = f" (and {len(others)} more)" if others else ""
        raise PolicyError(source, f"{where}: {said}{more}", _line(node, first["loc"])) from error
    except (TypeError, ValueError) as error:
        raise PolicyError(source, f"a value that policies do not hold: {error}") from error
    for place, reason in check(policy):
        raise PolicyError(source, f"{'.'.join(map(str, place))}: {reason}", _line(node, place))
    return policy


def _read(file: Path | Traversable, source: str) -> bytes:
    try:
        with file.open("rb") as stream:
            content: bytes = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise MissingPolicyError(source, f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise PolicyError(source, _TOO_LARGE)
    return content


def _compose(text: str, source: str) -> yaml.MappingNode:
    """Return the file as nodes, which know their lines, after refusing what policies need not."""
    try:
        depth = 0
        for event in yaml.parse(text, _Loader):
            line = event.start_mark.line + 1 if event.start_mark else None
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise PolicyError(source, "anchors and aliases are not allowed", line)
            if getattr(event, "tag", None):
                raise PolicyError(source, "tags are not allowed", line)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise PolicyError(source, f"nested deeper than {MAX_DEPTH} levels", line)
        node = yaml.compose(text, _Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _broken(text, source, error) from error
    if node is None:
        raise PolicyError(source, "the file is empty", 1)
    if not isinstance(node, yaml.MappingNode):
        raise PolicyError(source, "a policy is a mapping of keys to values", 1)
    _refuse_repeated(node, source)
    return node


def _plain(text: str, source: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader that knows even less
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _broken(text, source, error) from error


def _broken(text: str, source: str, error: Exception) -> PolicyError:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    line = mark.line + 1 if mark is not None else None
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return PolicyError(source, f"character U+{error.character:04X} is not allowed", line)
    return PolicyError(source, f"not YAML: {getattr(error, 'problem', None) or error}", line)


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


def _line(node: yaml.Node, place: Sequence[int | str]) -> int:
    """Return the line of the deepest key or item on the way to a place."""
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
