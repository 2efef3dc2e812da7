"""Who or what made what: the acts of a work in three groups, by a person, a program, or unknown.

The group is who acted in the recorded event, with three exceptions that follow from what the
event means. What a generator or a model made is a program's, whoever called it. What was changed
in another program is a person's where a person confirmed it as theirs, and else not known: that
the program noticed it says nothing of who did it. And who made a file that came in is not known
unless a person says that they did; where the file says of itself that AI did, that stands among
what programs made.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from provenance_gen.records.edit import EditAgent
from provenance_gen.records.event import ActorKind, Basis
from provenance_gen.records.report import Standing
from provenance_gen.records.summary import NAMED, Deed, DeedView, GroupView, Stands, SummaryView
from provenance_gen.records.work import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provenance_gen.records.event import Citation
    from provenance_gen.records.finding import Contribution
    from provenance_gen.records.report import EventView
    from provenance_gen.records.work import Edit, Work
    from provenance_gen.reporting.backing import Grounds

_PROGRAM: Final = ActorKind.PROGRAM
_UNKNOWN: Final = ActorKind.UNKNOWN
_ORDER: Final = tuple(Deed)
_BY_AI: Final = ("generated", "partly")
"""What a file may say of itself that names a model as its maker, or as one of them."""


class _Act(NamedTuple):
    actor: ActorKind
    deed: Deed
    cited: tuple[Citation | None, ...]
    images: tuple[str, ...] = ()


def summary(
    work: Work, contribution: Contribution, events: Iterable[EventView], backing: Grounds
) -> SummaryView:
    """Gather the acts of a work, kind by kind.

    Args:
        work: the work.
        contribution: its measures, of which the changes of the input are read.
        events: every event that it was read from, with how each stands.
        backing: says how events stand.
    """
    found: dict[ActorKind, dict[Deed, list[_Act]]] = {actor: {} for actor in ActorKind}
    for act in _acts(work, contribution):
        found[act.actor].setdefault(act.deed, []).append(act)
    models = [attempt.model.name for attempt in work.attempts if attempt.images]
    return SummaryView(
        groups=tuple(
            GroupView(
                actor=actor,
                deeds=tuple(
                    _line(deed, deeds[deed], backing) for deed in sorted(deeds, key=_ORDER.index)
                ),
            )
            for actor, deeds in found.items()
        ),
        models=tuple(dict.fromkeys(models)),
        stands=_stands(event.standing for event in events),
    )


def _acts(work: Work, contribution: Contribution) -> Iterator[_Act]:
    for intent in work.intents:
        yield _Act(intent.citation.actor, Deed.STATED, (intent.citation,))
    for item in work.imports:
        own, cited = item.own, item.citation
        actor, deed = (cited.actor, Deed.BROUGHT_OWN) if own else (_UNKNOWN, Deed.BROUGHT)
        yield _Act(actor, deed, (cited,), (item.image.name,))
        if item.statement is not None and item.statement.ai in _BY_AI:
            yield _Act(_PROGRAM, Deed.SAID_AI, (cited,), (item.image.name,))
    yield from _generated(work, contribution)
    for chosen in work.selections:
        if chosen.choice is not Choice.NONE:
            deed = Deed.PICKED if chosen.choice is Choice.SELECTED else Deed.REJECTED
            yield _Act(chosen.citation.actor, deed, (chosen.citation,), chosen.images)
    yield from map(_edit, work.edits)
    for export in work.exports:
        if export.signed:
            cited = export.signed
            yield _Act(cited.actor, Deed.EXPORTED, (export.prepared, cited), (export.image,))


def _generated(work: Work, contribution: Contribution) -> Iterator[_Act]:
    for attempt in work.attempts:
        cited = attempt.citation
        yield _Act(cited.actor, Deed.CALLED, (cited,))
        if attempt.images:
            names = tuple(image.name for image in attempt.images)
            yield _Act(_PROGRAM, Deed.GENERATED, (cited, attempt.ended), names)
    for change in contribution.changes:
        if change.viewed and change.revised and change.basis is not Basis.INFERRED:
            yield _Act(change.citation.actor, Deed.REVISED, (change.citation,))


def _edit(edit: Edit) -> _Act:
    match edit.agent:
        case EditAgent.HUMAN:
            actor, deed = edit.citation.actor, Deed.EDITED
        case EditAgent.MODEL:
            actor, deed = _PROGRAM, Deed.REPAINTED
        case EditAgent.PROGRAM:
            actor, deed = _PROGRAM, Deed.MARKED
        case EditAgent.EXTERNAL if edit.theirs:
            actor, deed = ActorKind.PERSON, Deed.CONFIRMED
        case _:
            actor, deed = _UNKNOWN, Deed.UNCONFIRMED
    return _Act(actor, deed, (edit.citation, edit.confirmed), (edit.image.name,))


def _line(deed: Deed, acts: list[_Act], backing: Grounds) -> DeedView:
    cited = {one.order: one for act in acts for one in act.cited if one is not None}
    ordered = [cited[place] for place in sorted(cited)]
    names = tuple(dict.fromkeys(name for act in acts for name in act.images))
    return DeedView(
        deed=deed,
        # One image can leave as several files: those are counted, and the image is named once.
        count=len(acts) if deed is Deed.EXPORTED else len(names) or len(acts),
        images=names if len(names) <= NAMED else (),
        events=tuple(one.number for one in ordered),
        stands=_stands(map(backing.standing, ordered)),
    )


def _stands(standings: Iterable[Standing]) -> Stands:
    counted = Counter(standings)
    return Stands(
        bounded=counted[Standing.BOUNDED],
        sealed=counted[Standing.SEALED],
        asserted=counted[Standing.ASSERTED],
    )
