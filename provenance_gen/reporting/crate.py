"""RO-Crate metadata for a folder of evidence: what each file is, for archives and catalogues.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), JSON-LD. Attempts and edits are ``CreateAction``: the
model or program as instrument, prompts and pictures as objects, pictures as results.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.report import ReportContext

NAME: Final = "ro-crate-metadata.json"

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
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Record of making: {title}",
        "description": "Evidence of how a work was made; see README.md.",
        "datePublished": context.last,
        "license": "No licence is granted; for use as evidence.",
        "hasPart": [{"@id": name} for name in sorted(files)],
        "mentions": [{"@id": f"#attempt-{a.number}"} for a in context.attempts]
        + [{"@id": f"#edit-{e.number}"} for e in context.edits],
    }


def _file(name: str, size: int) -> dict[str, Any]:
    ending = name[name.rfind(".") :] if "." in name else ""
    kind = {"encodingFormat": _TYPES[ending]} if ending in _TYPES else {}
    return {"@id": name, "@type": "File", "contentSize": str(size), **kind}


def _actions(context: ReportContext, pictures: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    def known(names: list[str]) -> list[dict[str, str]]:
        return [{"@id": pictures[name]} for name in names if name in pictures]

    models: set[str] = set()
    for attempt in context.attempts:
        digest = attempt.model_digest
        model = f"#model-{digest}" if digest else f"#model-of-attempt-{attempt.number}"
        if model not in models:
            models.add(model)
            software = {"@id": model, "@type": "SoftwareApplication"}
            yield {**software, "name": str(attempt.model or attempt.model_kind)}
        yield {
            "@id": f"#attempt-{attempt.number}",
            "@type": "CreateAction",
            "name": f"Attempt {attempt.number}",
            "actionStatus": f"http://schema.org/{_status(attempt.outcome.value)}",
            "instrument": {"@id": model},
            "result": known([view.figure.name for view in attempt.images]),
        }
    for edit in context.edits:
        yield {
            "@id": f"#edit-{edit.number}",
            "@type": "CreateAction",
            "name": f"Edit {edit.number}",
            "object": known([edit.before.name]),
            "result": known([edit.after.name]),
        }


def _status(outcome: str) -> str:
    return {
        "completed": "CompletedActionStatus",
        "failed": "FailedActionStatus",
        "interrupted": "FailedActionStatus",
    }.get(outcome, "ActiveActionStatus")
