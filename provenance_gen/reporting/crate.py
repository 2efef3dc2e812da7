"""RO-Crate metadata for a folder of evidence: what each file is, for archives and catalogues.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), JSON-LD. Attempts and edits are ``CreateAction``: the
model as instrument, prompts and pictures as objects, pictures as results, and as agent a person
where the record says that one acted. Who that is it does not know, so the person has no name.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from provenance_gen.records.base import EventNumber
    from provenance_gen.records.report import AttemptView, Backing, ReportContext

NAME: Final = "ro-crate-metadata.json"

_LICENCE: Final = "#licence"
_AUTHOR: Final = "#author"
_PERSON: Final = "#person"

_INDENT: Final = "  "
_BEGINNING: Final = b'{\n "@context": "https://w3id.org/ro/crate/1.1/context",\n "@graph": ['

_TYPES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".html": "text/html",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
}


def pieces(
    context: ReportContext, files: Mapping[str, int], pictures: Mapping[str, str]
) -> Iterator[bytes]:
    """Give the metadata file, entry by entry.

    Args:
        context: of the report that lies in the crate.
        files: every other file by name, with its size in bytes.
        pictures: names of files by names of images, such as ``2.3``.
    """
    yield _BEGINNING
    graph = chain(
        (_descriptor(), _root(context, files)),
        _named(context),
        (_file(name, size) for name, size in sorted(files.items())),
        _actions(context, pictures),
    )
    between = "\n"
    for entry in graph:
        text = json.dumps(entry, ensure_ascii=False, indent=1)
        yield (between + _INDENT + text.replace("\n", "\n" + _INDENT)).encode()
        between = ",\n"
    yield b"\n ]\n}\n"


def _descriptor() -> dict[str, Any]:
    return {
        "@id": NAME,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }


def _root(context: ReportContext, files: Mapping[str, int]) -> dict[str, Any]:
    title = context.title or context.work
    mentions = [_at(f"#attempt-{a.number}") for a in context.attempts]
    mentions += [_at(f"#edit-{e.number}") for e in context.edits]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Record of making: {title}",
        "description": "Evidence of how a work was made; see README.md.",
        "datePublished": context.last,
        "license": _at(_LICENCE),
        **({"author": _at(_AUTHOR)} if context.author else {}),
        **_listed("hasPart", [_at(name) for name in sorted(files)]),
        **_listed("mentions", mentions),
    }


def _named(context: ReportContext) -> Iterator[dict[str, Any]]:
    """Give what the root and the actions speak of."""
    yield {
        "@id": _LICENCE,
        "@type": "CreativeWork",
        "name": "No licence is granted",
        "description": "For use as evidence.",
    }
    if context.author:
        said = "As stated in the record; who that is was not checked."
        yield {"@id": _AUTHOR, "@type": "Person", "name": str(context.author), "description": said}
    backings = chain(
        (attempt.backing for attempt in context.attempts), (edit.backing for edit in context.edits)
    )
    if any(map(_by_person, backings)):
        said = "Whom the record calls a person; it does not say who that is."
        yield {"@id": _PERSON, "@type": "Person", "name": "A person", "description": said}


def _at(name: str) -> dict[str, str]:
    return {"@id": name}


def _listed(name: str, items: Sequence[Any]) -> dict[str, Any]:
    """Return a property with its values: none is left out, and one is no list (RO-Crate 1.1)."""
    if not items:
        return {}
    return {name: items[0] if len(items) == 1 else items}


def _by_person(backing: Backing) -> bool:
    return backing.actors == (ActorKind.PERSON,)


def _file(name: str, size: int) -> dict[str, Any]:
    ending = name[name.rfind(".") :] if "." in name else ""
    kind = {"encodingFormat": _TYPES[ending]} if ending in _TYPES else {}
    return {"@id": name, "@type": "File", "contentSize": str(size), **kind}


def _actions(context: ReportContext, pictures: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    moments = {event.sequence: event.timestamp for event in context.events}

    def known(names: Sequence[str]) -> list[dict[str, str]]:
        return [_at(pictures[name]) for name in names if name in pictures]

    models: set[str] = set()
    for attempt in context.attempts:
        digest = attempt.model_digest
        model = f"#model-{digest}" if digest else f"#model-of-attempt-{attempt.number}"
        if model not in models:
            models.add(model)
            software = {"@id": model, "@type": "SoftwareApplication"}
            yield {**software, "name": str(attempt.model or attempt.model_kind)}
        prompts = list(_prompts(attempt))
        yield from prompts
        yield {
            "@id": f"#attempt-{attempt.number}",
            "@type": "CreateAction",
            "name": f"Attempt {attempt.number}",
            "actionStatus": f"http://schema.org/{_status(attempt.outcome.value)}",
            **_acted(attempt.backing, moments),
            "instrument": _at(model),
            **_listed("object", [_at(one["@id"]) for one in prompts] + known(attempt.given)),
            **_listed("result", known([view.figure.name for view in attempt.images])),
        }
    for edit in context.edits:
        yield {
            "@id": f"#edit-{edit.number}",
            "@type": "CreateAction",
            "name": f"Edit {edit.number}",
            **(_acted(edit.backing, moments) if edit.agent is EditAgent.HUMAN else {}),
            **_listed("object", known([edit.before.name])),
            **_listed("result", known([edit.after.name])),
        }


def _prompts(attempt: AttemptView) -> Iterator[dict[str, Any]]:
    """Give the words that an attempt was called with, as far as they are disclosed."""
    for place, prompt in enumerate(attempt.prompts, 1):
        if prompt.text is not None:
            yield {
                "@id": f"#prompt-{attempt.number}-{place}",
                "@type": "CreativeWork",
                "name": prompt.name,
                "text": str(prompt.text),
            }


def _acted(backing: Backing, moments: Mapping[EventNumber, str]) -> dict[str, Any]:
    """Return when it was done, by the maker's clock, and by a person if the record says so."""
    known = sorted(moments[number] for number in backing.events if number in moments)
    return {
        **({"agent": _at(_PERSON)} if _by_person(backing) else {}),
        **({"startTime": known[0], "endTime": known[-1]} if known else {}),
    }


def _status(outcome: str) -> str:
    return {
        "completed": "CompletedActionStatus",
        "failed": "FailedActionStatus",
        "interrupted": "FailedActionStatus",
    }.get(outcome, "ActiveActionStatus")
