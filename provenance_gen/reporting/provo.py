"""A report as W3C PROV: entities, activities and agents, for archives and other programs.

PROV-JSON of the PROV data model (W3C Recommendation PROV-DM, 30 April 2013; PROV-JSON, member
submission of 24 April 2013). Images, prompts, models and exported files are entities; attempts,
choices, edits and exports activities; agents are kinds of actor, since that is what the record
knows. What PROV has no word for stands under the namespace ``provgen``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prov.constants import PROV, PROV_ROLE, PROV_TYPE, PROV_VALUE
from prov.identifier import Namespace
from prov.model import ProvDocument

from provenance_gen.records.event import ActorKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provenance_gen.records.report import Backing, Figure, ReportContext

NAMESPACE: Final = "urn:provenance-gen:vocabulary:1:"

_OURS: Final = Namespace("provgen", NAMESPACE)

_AGENTS: Final = {
    ActorKind.PERSON: PROV["Person"],
    ActorKind.PROGRAM: PROV["SoftwareAgent"],
    ActorKind.UNKNOWN: _OURS["UnknownAgent"],
}


def pieces(context: ReportContext) -> Iterator[bytes]:
    """Give the same in pieces."""
    yield render(context)


def render(context: ReportContext) -> bytes:
    """Return UTF-8 PROV-JSON; the same context gives the same bytes."""
    text = build(context).serialize(format="json", indent=1, ensure_ascii=False, sort_keys=True)
    return f"{text}\n".encode()


def build(context: ReportContext) -> ProvDocument:
    """Return the graph of one work."""
    graph = _Graph(context)
    graph.images()
    graph.attempts()
    graph.choices()
    graph.edits()
    graph.exports()
    return graph.document


class _Graph:
    def __init__(self, context: ReportContext) -> None:
        self.context = context
        self.document = ProvDocument()
        self.document.add_namespace(_OURS)
        self.document.add_namespace("log", f"urn:provenance-gen:log:{context.ledger.origin}:")
        self._moments = {str(event.sequence): event.timestamp for event in context.events}
        self._agents: set[ActorKind] = set()

    def images(self) -> None:
        for item in self.context.imports:
            activity = self._activity(f"import-{item.figure.name}", "Import", item.backing)
            self._image(item.figure)
            self.document.wasGeneratedBy(_image(item.figure.name), activity)
            self._entity(f"file-{item.figure.name}", "File", {"sha256": item.source_digest})
            self.document.used(activity, f"log:file-{item.figure.name}")
            self.document.wasDerivedFrom(
                _image(item.figure.name), f"log:file-{item.figure.name}", activity
            )

    def attempts(self) -> None:
        models: dict[str, str] = {}
        for item in self.context.attempts:
            facts = {"outcome": item.outcome.value, "pipeline": item.pipeline}
            activity = self._activity(f"attempt-{item.number}", "Attempt", item.backing, facts)
            key = f"{item.model_kind} {item.model} {item.model_digest}"
            if key not in models:
                models[key] = f"model-{len(models) + 1}"
                self._entity(
                    models[key],
                    "Model",
                    {
                        "name": item.model or item.model_kind,
                        "sha256": item.model_digest,
                        "licence": item.licence,
                    },
                )
            self.document.used(activity, f"log:{models[key]}")
            for place, prompt in enumerate(item.prompts, 1):
                name = f"prompt-{item.number}-{place}"
                withheld = {"withheld": True} if prompt.text is None else {}
                value = {} if prompt.text is None else {PROV_VALUE: str(prompt.text)}
                self._entity(name, "Prompt", {"argument": prompt.name, **withheld}, value)
                self.document.used(activity, f"log:{name}")
            for view in item.images:
                self._image(view.figure)
                self.document.wasGeneratedBy(_image(view.figure.name), activity)
        for change in self.context.revisions:
            later, earlier = change.change.attempt, change.change.revises
            self.document.wasInformedBy(f"log:attempt-{later}", f"log:attempt-{earlier}")
            if change.viewed is not None:
                role = {PROV_ROLE: _OURS["lookedAt"]}
                viewed = _image(change.viewed.name)
                self.document.used(f"log:attempt-{later}", viewed, other_attributes=role)

    def choices(self) -> None:
        for place, item in enumerate(self.context.choices, 1):
            facts = {"choice": item.choice.value, "reason": item.reason}
            activity = self._activity(f"choice-{place}", "Choice", item.backing, facts)
            for figure in item.images:
                self.document.used(activity, _image(figure.name))
            for name in item.over:
                role = {PROV_ROLE: _OURS["alternative"]}
                self.document.used(activity, _image(name), other_attributes=role)

    def edits(self) -> None:
        for item in self.context.edits:
            facts = {"agentKind": item.agent.value, "tool": item.tool, "note": item.note}
            activity = self._activity(f"edit-{item.number}", "Edit", item.backing, facts)
            self._image(item.after)
            self.document.used(activity, _image(item.before.name))
            self.document.wasGeneratedBy(_image(item.after.name), activity)
            self.document.wasDerivedFrom(
                _image(item.after.name), _image(item.before.name), activity
            )

    def exports(self) -> None:
        for item in self.context.exports:
            facts = {"disclosure": item.disclosure, "format": item.file_format}
            activity = self._activity(f"export-{item.number}", "Export", item.backing, facts)
            self.document.used(activity, _image(item.image))
            if item.signed:
                name = f"exported-{item.number}"
                digests = {"sha256": item.file_digest, "manifestSha256": item.manifest_digest}
                self._entity(name, "SignedFile", {"name": item.name, **digests})
                self.document.wasGeneratedBy(f"log:{name}", activity)
                self.document.wasDerivedFrom(f"log:{name}", _image(item.image), activity)

    def _image(self, figure: Figure) -> None:
        if self.document.get_record(_image(figure.name)):
            return
        facts = {"pixelDigest": figure.pixel_digest, "width": figure.width, "height": figure.height}
        self._entity(f"image-{figure.name}", "Image", facts)

    def _entity(
        self,
        name: str,
        kind: str,
        facts: Mapping[str, Any],
        more: Mapping[Any, Any] | None = None,
    ) -> None:
        self.document.entity(f"log:{name}", {**_attributes(kind, facts), **(more or {})})

    def _activity(
        self, name: str, kind: str, backing: Backing, facts: Mapping[str, Any] | None = None
    ) -> str:
        events = [str(number) for number in backing.events]
        moments = sorted(self._moments[number] for number in events if number in self._moments)
        self.document.activity(
            f"log:{name}",
            moments[0] if moments else None,
            moments[-1] if moments else None,
            {
                **_attributes(kind, facts or {}),
                "provgen:events": " ".join(events),
                "provgen:basis": " ".join(basis.value for basis in backing.bases),
                "provgen:standing": backing.standing.value,
            },
        )
        for actor in backing.actors:
            if actor not in self._agents:
                self._agents.add(actor)
                self.document.agent(f"log:{actor.value}", {PROV_TYPE: _AGENTS[actor]})
            self.document.wasAssociatedWith(f"log:{name}", f"log:{actor.value}")
        return f"log:{name}"


def _attributes(kind: str, facts: Mapping[str, Any]) -> dict[Any, Any]:
    known = {f"provgen:{name}": value for name, value in facts.items() if value is not None}
    return {PROV_TYPE: _OURS[kind], **known}


def _image(name: str) -> str:
    return f"log:image-{name}"
