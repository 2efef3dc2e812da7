"""What manifests say of where a picture comes from: the active one, and all that it was made from.

A picture that was opened and saved three times has its origin three manifests below the active
one, so all of them are walked, each once: links come from the file and may lead in circles. It
reads the C2PA library's JSON in the process of the reader; what an origin means is said elsewhere
(``credentials.statement``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.credentials.parts import (
    MAX_ITEMS,
    assertions_of,
    codes,
    generator,
    mapping,
    mappings,
    text,
)
from provenance_gen.credentials.report import ActionReport, IngredientReport, Origin
from provenance_gen.credentials.vocabulary import AI_DISCLOSURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ACTIONS: Final = ("c2pa.actions", "c2pa.actions.v2")
_BEGINNINGS: Final = ("c2pa.created", "c2pa.opened")
_METADATA: Final = (
    "c2pa.metadata",
    "cawg.metadata",
    "stds.iptc",
    "stds.iptc.photo-metadata",
    "stds.schema-org.CreativeWork",
)
_ANY: Final = "*"
"""Name of a template that goes for every action."""

_MOST_ORIGINS: Final = 64
_DEEPEST: Final = 250
_FINE: Final = (
    ".validated",
    ".match",
    ".trusted",
    ".insideValidity",
    ".notRevoked",
    ".accessible",
    ".skipped",
)
"""Endings of codes that are no failures: older manifests keep all codes in one list."""


def actions_of(assertions: dict[str, Any]) -> tuple[tuple[ActionReport, ...], bool]:
    """Collect the actions of every actions assertion, and whether they are said to be all.

    What an action leaves out, the assertion's template of its name says (C2PA 2.2, section 18.15:
    the template ``*`` goes for all).
    """
    found: list[ActionReport] = []
    complete = False
    for label, content in assertions.items():
        if label.partition("__")[0] not in _ACTIONS:
            continue
        assertion = mapping(content)
        complete = complete or assertion.get("allActionsIncluded") is True
        templates = {text(one.get("action")): one for one in mappings(assertion.get("templates"))}
        agents = mappings(assertion.get("softwareAgents"))
        for action in mappings(assertion.get("actions")):
            if templates:
                own = templates.get(text(action.get("action")), {})
                action = templates.get(_ANY, {}) | own | action  # noqa: PLW2901 - as it is meant
            found.append(_action(action, agents))
    return tuple(found[:MAX_ITEMS]), complete


def _action(action: dict[str, Any], agents: list[dict[str, Any]]) -> ActionReport:
    agent, number = action.get("softwareAgent"), action.get("softwareAgentIndex")
    if agent is None and isinstance(number, int) and 0 <= number < len(agents):
        agent = agents[number]
    software = generator({"claim_generator_info": [agent]}) if isinstance(agent, dict) else None
    return ActionReport(
        action=text(action.get("action")) or "",
        when=text(action.get("when")),
        software=software or text(agent),
        digital_source_type=text(action.get("digitalSourceType")),
        description=text(action.get("description")),
    )


def origins_of(actions: Iterable[ActionReport], assertions: dict[str, Any]) -> tuple[Origin, ...]:
    """Return what a manifest itself says of its picture's origin, each thing once."""
    return tuple(dict.fromkeys(_origins(actions, assertions)))[:_MOST_ORIGINS]


def _origins(actions: Iterable[ActionReport], assertions: dict[str, Any]) -> Iterator[Origin]:
    for action in actions:
        if action.digital_source_type:
            # Only what a picture begins with goes for all of it.
            yield Origin(action.digital_source_type, whole=action.action in _BEGINNINGS)
    for label, content in assertions.items():
        plain = label.partition("__")[0]
        if plain == AI_DISCLOSURE:
            yield Origin(AI_DISCLOSURE, whole=False)
        elif plain in _METADATA:
            for name, value in mapping(content).items():
                # "Iptc4xmpExt:DigitalSourceType" of IPTC, "digitalSourceType" of schema.org.
                stated = text(value)
                if stated and name.rpartition(":")[2].lower() == "digitalsourcetype":
                    yield Origin(stated)


class Ancestry:
    """The manifests of one store, and how they hang together."""

    def __init__(self, report: dict[str, Any]) -> None:
        """Take the library's report, and look at the active manifest."""
        self._manifests = mapping(report.get("manifests"))
        self._active = text(report.get("active_manifest")) or ""
        deltas = mappings(mapping(report.get("validation_results")).get("ingredientDeltas"))
        self._since: dict[str, list[str]] = {}
        for delta in deltas:
            uri = text(delta.get("ingredientAssertionURI")) or ""
            failed = codes(mapping(delta.get("validationDeltas")).get("failure"))
            self._since.setdefault(uri, []).extend(failed)
        self._known: dict[str, tuple[Origin, ...]] = {}
        self._direct = self._of(self._active)

    def ingredients(self) -> tuple[IngredientReport, ...]:
        """Return the active manifest's ingredients, with all that theirs say of their origin."""
        return tuple(
            replace(found, origins=self._inherited(found, label)) for found, label in self._direct
        )

    def deeper(self) -> tuple[IngredientReport, ...]:
        """Return the ingredients of ingredients about which something is wrong."""
        seen = {self._active}
        waiting = [label for _, label in self._direct]
        found: list[IngredientReport] = []
        while waiting and len(found) < MAX_ITEMS:
            label = waiting.pop(0)
            if not label or label in seen:
                continue
            seen.add(label)
            for item, inner in self._of(label):
                waiting.append(inner)
                if item.failures:
                    found.append(item)
        return tuple(found)

    def _of(self, label: str) -> list[tuple[IngredientReport, str]]:
        """Return a manifest's ingredients, each with its own manifest's label."""
        listed = mappings(mapping(self._manifests.get(label)).get("ingredients"))
        return [self._one(label, item) for item in listed[:MAX_ITEMS]]

    def _one(self, owner: str, item: dict[str, Any]) -> tuple[IngredientReport, str]:
        own = text(item.get("active_manifest")) or ""
        # Version 3 of the assertion keeps results by kind, earlier ones a list of codes.
        results = mapping(mapping(item.get("validation_results")).get("activeManifest"))
        recorded = (*codes(results.get("failure")), *codes(item.get("validation_status")))
        failures = [code for code in recorded if not code.endswith(_FINE)]
        assertion = f"self#jumbf=/c2pa/{owner}/c2pa.assertions/{text(item.get('label')) or ''}"
        failures += self._since.get(assertion, [])
        found = IngredientReport(
            title=text(item.get("title")),
            relationship=text(item.get("relationship")),
            has_manifest=bool(own),
            failures=tuple(dict.fromkeys(failures)),
        )
        return found, own

    def _origins(self, label: str, depth: int) -> tuple[Origin, ...]:
        """Return what a manifest says of its picture's origin, with what its ingredients' say."""
        if label not in self._known and depth < _DEEPEST:
            self._known[label] = ()  # a circle ends here
            assertions = assertions_of(mapping(self._manifests.get(label)))
            said = list(origins_of(actions_of(assertions)[0], assertions))
            for item, inner in self._of(label):
                said += self._inherited(item, inner, depth + 1)
            self._known[label] = tuple(dict.fromkeys(said))[:_MOST_ORIGINS]
        return self._known.get(label, ())

    def _inherited(self, item: IngredientReport, label: str, depth: int = 0) -> tuple[Origin, ...]:
        """Return an ingredient's origins, as they go for the picture that it went into."""
        if not label or item.relationship == "inputTo":
            return ()  # what was put into a generator is not in the picture
        whole = item.relationship == "parentOf"
        inner = self._origins(label, depth)
        if whole and not item.altered:
            return inner
        return tuple(
            replace(one, whole=one.whole and whole, holds=one.holds and not item.altered)
            for one in inner
        )
