"""Build histories for tests from real events, as the ledger would give them back.

    made = Making()
    made.intent("one small boat")
    made.attempt("a red boat")
    made.attempt("a red boat at sunset", revises=1, viewed="1.2")
    made.pick("2.1", over=["2.2"], reason="low horizon")
    made.edit("2.1", changed=120)
    history = made.history()

Images are named as people name them: ``1.2``, ``e1``, ``i1``. Times, identifiers and digests
follow from the order of the calls, so that the same calls give the same history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.records import payloads as p
from provenance_gen.records.base import Text, decimal
from provenance_gen.records.edit import EditAgent, Operation
from provenance_gen.records.event import Actor, ActorKind, Basis, Event, Payload, split
from provenance_gen.records.history import fold
from provenance_gen.records.image import Difference, FileStatement, ImageRef, StoredImage
from provenance_gen.records.pointers import join
from tests.parts import ENVIRONMENT, MODEL, call_of, digest, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provenance_gen.records.generation import ModelIdentity
    from provenance_gen.records.work import History, Work

BEGIN: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Making:
    """One work in the making; every method adds what the studio would."""

    title: str | None = "Harbour at dusk"
    author: str | None = "A. Painter"
    size: int = 64
    """Width and height of every image."""
    events: list[Event] = field(default_factory=list)
    refs: dict[str, ImageRef] = field(default_factory=dict)
    leaves: dict[str, str] = field(default_factory=dict)
    """Leaf of the event that brought each image, by the image's name."""
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the studio and the work."""
        self.add(p.StudioCreated(studio="studio-1", software="0.1.0"))
        self.add(p.WorkCreated(work="work-1", title=said(self.title), author=said(self.author)))

    def add(
        self,
        payload: Payload,
        *,
        actor: ActorKind = ActorKind.PERSON,
        basis: Basis = Basis.CONTEMPORANEOUS,
        withhold: Sequence[str] = (),
        seconds: int = 20,
    ) -> Event:
        """Append one event; ``withhold`` names texts by JSON pointer that are not disclosed."""
        number = len(self.events)
        body, texts = split(payload)
        kept = {place: text for place, text in texts.items() if place not in withhold}
        event = Event(
            version=1,
            log="provenance-gen.example/log-1",
            sequence=number,
            previous=self.events[-1].leaf if self.events else None,
            session="session-1",
            type=payload.event_type,
            timestamp=(BEGIN + timedelta(seconds=seconds * number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            actor=Actor(kind=actor),
            basis=basis,
            payload=join(body, kept),
            withheld=tuple(place for place in texts if place in withhold),
            leaf=digest(f"leaf {number}"),
        )
        self.events.append(event)
        return event

    def intent(self, text: str | None, **how: Any) -> None:
        """A person says what the work is meant to be."""
        self.add(p.IntentStated(work="work-1", intent=said(text)), **how)

    def attempt(
        self,
        prompt: str | None = "a red boat",
        *,
        images: int = 4,
        revises: int | None = None,
        viewed: str | None = None,
        linked: Basis = Basis.CONTEMPORANEOUS,
        ending: str = "completed",
        call: Mapping[str, Any] | None = None,
        model: ModelIdentity = MODEL,
        inputs: Sequence[str] = (),
        use: str | None = None,
        **how: Any,
    ) -> int:
        """A generator is called; ``ending`` is completed, failed, interrupted or none."""
        number = self._next("attempt")
        name = f"attempt-{number}"
        revision = revises and p.Revision(
            attempt=f"attempt-{revises}",
            viewed=self.refs[viewed] if viewed else None,
            basis=linked,
        )
        started = p.AttemptStarted(
            work="work-1",
            attempt=name,
            call=call_of(prompt, number, images, [(n, self.refs[n]) for n in inputs], call or {}),
            model=model,
            environment=ENVIRONMENT,
            revision=revision or None,
            use=use,
        )
        self.add(started, **how)
        how.pop("withhold", None)
        if ending == "completed":
            self._complete(name, number, images, how)
        elif ending == "failed":
            failed = p.AttemptFailed(
                work="work-1",
                attempt=name,
                code="RuntimeError",
                message=Text("out of memory"),
                milliseconds=500,
            )
            self.add(failed, **how)
        elif ending == "interrupted":
            self.add(p.AttemptInterrupted(work="work-1", attempt=name, milliseconds=700), **how)
        return number

    def view(self, *names: str, **how: Any) -> None:
        """Images are shown to a person."""
        self.add(p.ImageViewed(work="work-1", images=tuple(self.refs[n] for n in names)), **how)

    def pick(
        self, name: str, *, over: Sequence[str] = (), reason: str | None = None, **how: Any
    ) -> None:
        """A person picks an image over others."""
        chosen = p.ImageSelected(
            work="work-1",
            image=self.refs[name],
            over=tuple(self.refs[other] for other in over),
            reason=said(reason),
        )
        self.add(chosen, **how)

    def reject(self, *names: str, reason: str | None = None, **how: Any) -> None:
        """A person rejects images."""
        images = tuple(self.refs[name] for name in names)
        self.add(p.ImageRejected(work="work-1", images=images, reason=said(reason)), **how)

    def bring_in(
        self,
        *,
        own: bool = False,
        name: str | None = "sketch.png",
        statement: FileStatement | None = None,
        **how: Any,
    ) -> str:
        """An image is brought in from a file; returns its name."""
        number = self._next("import")
        imported = p.ImageImported(
            work="work-1",
            import_id=f"import-{number}",
            image=self._stored(f"i{number}"),
            source_digest=digest(f"source {number}"),
            own=own,
            name=said(name),
            statement=statement,
        )
        self._remember(f"i{number}", f"import-{number}", 1, self.add(imported, **how))
        return f"i{number}"

    def edit(
        self,
        parent: str,
        *,
        agent: EditAgent = EditAgent.HUMAN,
        changed: int = 120,
        bounds: tuple[int, int, int, int] | None = (20, 30, 15, 10),
        uniform: bool = False,
        operations: Sequence[Operation] | None = None,
        tool: str | None = None,
        note: str | None = None,
        **how: Any,
    ) -> str:
        """An image becomes another; returns the new image's name."""
        number = self._next("edit")
        stroke = Operation(
            name="stroke",
            action="c2pa.drawing",
            numbers={"radius": decimal(3)},
            words={"colour": Text("#c04020")},
            width=self.size,
            height=self.size,
        )
        recorded = p.EditRecorded(
            work="work-1",
            edit=f"edit-{number}",
            parent=self.refs[parent],
            result=self._stored(f"e{number}"),
            agent=agent,
            operations=tuple([stroke] if operations is None else operations),
            difference=Difference(
                frame=(0, 0, self.size, self.size),
                changed=changed,
                area=self.size**2,
                bounds=bounds,
                regions=(bounds,) if bounds else (),
                mean=decimal(1.5),
                maximum=90,
                uniform=uniform,
            ),
            tool=said(tool),
            note=said(note),
        )
        self._remember(f"e{number}", f"edit-{number}", 1, self.add(recorded, **how))
        return f"e{number}"

    def confirm(self, name: str, *, note: str | None = None, **how: Any) -> None:
        """A person confirms the event that brought an image, in words or without."""
        confirmed = p.FactConfirmed(work="work-1", event=self.leaves[name], note=said(note))
        self.add(confirmed, basis=Basis.CONFIRMED, **how)

    def export(self, name: str, *, file: str = "harbour.png", signed: bool = True) -> None:
        """An image is signed and leaves the studio."""
        number = self._next("export")
        pixels = self.refs[name].pixel_digest
        prepared = p.ExportPrepared(
            work="work-1",
            export=f"export-{number}",
            image=self.refs[name],
            file_format="png",
            disclosure="standard",
            pixel_digest=pixels,
        )
        self.add(prepared)
        if signed:
            done = p.ExportSigned(
                work="work-1",
                export=f"export-{number}",
                file_digest=digest(f"file {number}"),
                pixel_digest=pixels,
                manifest_digest=digest(f"manifest {number}"),
                certificate_digest=digest("certificate"),
                name=Text(file),
            )
            self.add(done)

    def history(self) -> History:
        """Fold the events."""
        return fold(self.events)

    def work(self) -> Work:
        """Return the work as folded from the events."""
        return self.history().works[0]

    def pixels(self, name: str) -> str:
        """Return the digest of an image's pixels; one that follows from its name."""
        return digest(f"pixels {name}")

    def _complete(self, name: str, number: int, images: int, how: dict[str, Any]) -> None:
        stored = [self._stored(f"{number}.{place}") for place in range(1, images + 1)]
        done = p.AttemptCompleted(
            work="work-1",
            attempt=name,
            images=tuple(p.GeneratedImage(image=image) for image in stored),
            steps_run=30,
            milliseconds=4_200,
        )
        event = self.add(done, **how)
        for place in range(1, images + 1):
            self._remember(f"{number}.{place}", name, place, event)

    def _next(self, kind: str) -> int:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]

    def _stored(self, name: str) -> StoredImage:
        pixels = self.pixels(name)
        file = digest(f"file {name}")
        return StoredImage(pixel_digest=pixels, file_digest=file, width=self.size, height=self.size)

    def _remember(self, name: str, origin: str, index: int, event: Event) -> None:
        pixels = self.pixels(name)
        self.refs[name] = ImageRef(origin=origin, index=index, pixel_digest=pixels)
        self.leaves[name] = event.leaf
