"""Judge gates before a generator runs: what fires is recorded, and so is who went on and why.

Which gates are judged the user chose: those of ``config.yaml`` in every studio, and those given for
this run. A gate documents and asks; it does not know whether anything is allowed. What it looked at
stays here: an event names policy and factor, never the words that were found.

A run that a gate stops costs nothing: what can be judged before the model is loaded, is. The rest,
such as the licence of a model that has to be fetched, is judged right before the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provenance_gen import config
from provenance_gen.digests import sha256_hex
from provenance_gen.errors import GateError, PolicyError, PolicyKindError, UsageError
from provenance_gen.generation import models
from provenance_gen.generation.arguments import Source
from provenance_gen.policy import gates as judged
from provenance_gen.policy import loader
from provenance_gen.records import payloads
from provenance_gen.records.base import Text
from provenance_gen.records.gates import Asked, GivenPicture
from provenance_gen.records.policy import Demand, Policy, PolicyKind, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from provenance_gen.records import work as records
    from provenance_gen.records.generation import Call, ModelIdentity
    from provenance_gen.records.policy import Factor
    from provenance_gen.studio.inputs import Given
    from provenance_gen.studio.work import Work

_NEGATIVE: Final = "negative"
_MASK: Final = "mask"


@dataclass(frozen=True)
class Firing:
    """A factor of a gate that fired."""

    policy: Policy
    factor: Factor
    digest: str
    """SHA-256 of the policy's file."""

    @property
    def overridable(self) -> bool:
        """Whether a reason lets it go on."""
        return self.factor.gate is Demand.REASON or self.policy.overridable

    @property
    def key(self) -> tuple[str, str]:
        """Policy and factor."""
        return self.policy.id, self.factor.id


@dataclass(frozen=True)
class Gates:
    """Which gates are judged beside those of ``config.yaml``, and what the person says to them."""

    policies: tuple[str | Path, ...] = ()
    """Names of shipped policies, or files of one's own."""
    use: Use | str | None = None
    """What the pictures are for; recorded with each attempt."""
    override: str | None = None
    """Why to go on where a gate fires, in the person's words."""
    ask: Callable[[Firing], str | None] = field(default=lambda _firing: None)
    """Asks a person for that reason; None or no words stop the run."""
    passed: Callable[[Call], None] = field(default=lambda _call: None)
    """Told of each call that is let through, right before its attempt begins."""


class Keeper:
    """Judges the calls of one run; a reason that was given once holds for the whole run."""

    def __init__(self, work: Work, gates: Gates) -> None:
        """Read the policies of a run.

        Raises:
            PolicyError: one cannot be used, or is no gate.
            UsageError: the use is none of those known, or the reason holds no words.
            SettingsError: the user's ``config.yaml`` cannot be understood.
        """
        if gates.override is not None and not gates.override.strip():
            raise UsageError("to go on past a gate, give a reason in words")
        self.use = _use(gates.use)
        self._work, self._gates = work, gates
        self._policies = _policies((*config.gates(), *gates.policies))
        self._reasons: dict[tuple[str, str], str] = {}

    def look_ahead(self, model: str, prompts: Sequence[str], given: Mapping[str, Given]) -> None:
        """Judge what can be told before the model is loaded; what passes is not recorded yet.

        Raises:
            GateError: a gate stopped it; that it fired is recorded.
        """
        if not self._policies:
            return
        card_read, licence = _card(model)
        pictures = self._pictures((role, one.source) for role, one in given.items())
        for prompt in prompts:
            asked = Asked((prompt,), pictures, licence, card_read=card_read, use=self.use)
            fired = self._fired(asked)
            if not self._reasoned(fired):
                self._record(fired, None)
                raise _stopped(fired)

    def judge(self, attempt: str, call: Call, model: ModelIdentity) -> None:
        """Judge a call right before its attempt begins, and record what fired.

        Raises:
            GateError: a gate stopped it.
        """
        if self._policies:
            self._judge(attempt, call, model)
        self._gates.passed(call)

    def _judge(self, attempt: str, call: Call, model: ModelIdentity) -> None:
        sources = (
            (one.argument, Source(one.image, one.file_digest, one.statement)) for one in call.inputs
        )
        asked = Asked(
            prompts=tuple(_wanted(call)),
            pictures=self._pictures(sources),
            licence=model.licence,
            use=self.use,
        )
        fired = self._fired(asked)
        reasoned = self._reasoned(fired)
        leaves = self._record(fired, attempt)
        if not reasoned:
            raise _stopped(fired)
        for firing, leaf in zip(fired, leaves, strict=True):
            reason = Text(self._reasons[firing.key])
            self._work.studio.append(
                payloads.GateOverridden(work=self._work.id, event=leaf, reason=reason)
            )

    def _fired(self, asked: Asked) -> list[Firing]:
        return [
            Firing(policy, factor, digest)
            for policy, digest in self._policies
            for factor in judged.fired(policy, asked)
        ]

    def _reasoned(self, fired: Sequence[Firing]) -> bool:
        """Tell whether there is a reason to go on for every factor; ask where there is none yet."""
        if not all(firing.overridable for firing in fired):
            return False
        for firing in fired:
            if firing.key in self._reasons:
                continue
            reason = self._gates.override or self._gates.ask(firing)
            if not reason or not reason.strip():
                return False
            self._reasons[firing.key] = reason
        return True

    def _record(self, fired: Sequence[Firing], attempt: str | None) -> list[str]:
        """Record what fired; return the events' leaves."""
        return [
            self._work.studio.append(
                payloads.GateFired(
                    work=self._work.id,
                    policy=firing.policy.id,
                    factor=firing.factor.id,
                    policy_digest=firing.digest,
                    demand=firing.factor.gate,
                    attempt=attempt,
                )
            ).leaf
            for firing in fired
        ]

    def _pictures(self, given: Iterable[tuple[str, Source]]) -> tuple[GivenPicture, ...]:
        """Look at the pictures of a call; a mask is no picture of anything."""
        sources = [source for role, source in given if _MASK not in role]
        history = self._work.history() if sources else None
        return tuple(_picture(history, source) for source in sources)


def _policies(names: Iterable[str | Path]) -> list[tuple[Policy, str]]:
    """Read policies and the digests of their files; one that is named twice counts once."""
    found: dict[str, tuple[Policy, str]] = {}
    for name in names:
        data, source = loader.content(name)
        policy, digest = loader.parse(data, source), sha256_hex(data)
        if policy.kind is not PolicyKind.GATE:
            raise PolicyKindError(
                source, f"a policy of kind {policy.kind.value} is no gate; see: provgen policy list"
            )
        if policy.id in found and found[policy.id][1] != digest:
            raise PolicyError(source, f"another gate with the id {policy.id!r} is judged already")
        found[policy.id] = (policy, digest)
    return list(found.values())


def _use(use: Use | str | None) -> Use | None:
    try:
        return None if use is None else Use(use)
    except ValueError as error:
        known = ", ".join(one.value for one in Use)
        raise UsageError(f"no use {use!r}: give one of {known}") from error


def _card(name: str) -> tuple[bool, str | None]:
    """Return whether a model's card can be read by now, and the licence that it names."""
    source = models.find(name)
    if source.kind == "hub":
        return False, None
    return True, models.licence(Path(source.location) / "README.md")


def _wanted(call: Call) -> Iterable[str]:
    """Return the words that say what is wanted; what shall not be there is no term to look for."""
    for name, texts in call.prompts.items():
        if not name.startswith(_NEGATIVE):
            yield from (text for text in texts if text is not None)


def _picture(history: records.Work | None, source: Source) -> GivenPicture:
    """Say what is recorded of a picture: of an image of the work, by where its lineage begins."""
    statement, recorded = source.statement, False
    known = next((i for i in history.images if i.ref == source.image), None) if history else None
    if history is not None and known is not None:
        first = history.lineage(known.name)[0]
        brought = next((i for i in history.imports if i.image.name == first.name), None)
        recorded = brought is None
        if brought is not None:
            noted = brought.note is not None or brought.citation.withholds("note")
            recorded, statement = brought.own or noted, brought.statement
    said = statement.training if statement is not None else None
    return GivenPicture(rights_recorded=recorded, training=said or {})


def _stopped(fired: Sequence[Firing]) -> GateError:
    """Say which gates fired, and what can be done."""
    parts = []
    for firing in fired:
        did = "refuses" if firing.factor.gate is Demand.REFUSE else "asks for a reason"
        help_ = f" {firing.factor.would_help.en}" if firing.factor.would_help else ""
        parts.append(
            f"gate {firing.policy.id} ({firing.factor.id}) {did}: {firing.factor.rule.en}{help_}"
        )
    overridable = all(firing.overridable for firing in fired)
    onward = (
        'To go on all the same, say why: at the terminal, or with --override "REASON"'
        if overridable
        else "A reason does not override this."
    )
    reason = f"{' '.join(parts)} Nothing was generated; that it fired is on record. {onward}"
    return GateError(reason, [firing.key for firing in fired], overridable=overridable)
