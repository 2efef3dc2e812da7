"""Check a bundle with no database: seven numbered steps, each passed, failed or skipped.

Whatever is in a bundle was put there by whoever made it, its public key included. So the steps
show that its parts fit each other; that they are what a certain person's ledger held takes a key
from elsewhere (step 6), and that they existed by a certain time takes a time-stamp authority that
the reader trusts (step 7). Pure: bytes and keys in, a verdict out; reading files is left to
``bundle_files``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives import serialization

from provenance_gen.errors import LedgerBrokenError, LedgerError, LedgerVersionError
from provenance_gen.ledger import body, bundle_form, canonical, checkpoint, disclosure, merkle
from provenance_gen.ledger.bundle_time import Times, check_times
from provenance_gen.ledger.bundle_words import Nothing, summary
from provenance_gen.ledger.resumed import cited_by
from provenance_gen.records.bundle import BundleVerdict, kind_of
from provenance_gen.records.counting import counted
from provenance_gen.records.verdict import Check, CheckStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provenance_gen.ledger.checkpoint import Checkpoint
    from provenance_gen.records.payloads import LogResumed

_VOUCHING: Final = frozenset({"key", "time"})
_HIDDEN: Final = "; of the others only hashes are here, and nothing shows which work they are of"
_LONGEST_NAME: Final = 200
"""Characters of the name of a log or of a work, as a bundle gives them; ours have some 50."""


@dataclass
class _State:
    """What has been read so far."""

    files: Mapping[str, bytes]
    key: str | None
    certificates: bytes | None
    origin: str = ""
    size: int = 0
    work: str | None = None
    leaves: list[bytes] = field(default_factory=list)
    commitments: dict[int, dict[str, str]] = field(default_factory=dict)
    """Digest of each text by event and JSON pointer; one entry for each event that is there."""
    cited: dict[str, int] = field(default_factory=dict)
    """Number of the first event that cites a time-stamp, by the stamp's digest."""
    notes: dict[int, Checkpoint] = field(default_factory=dict)
    texts: int = 0
    times: Times = field(default_factory=Times)
    resumed: LogResumed | None = None
    """How the log cites the one before it, which is in no bundle of it."""


def check(
    files: Mapping[str, bytes],
    *,
    name: str,
    key: str | None = None,
    certificates: bytes | None = None,
) -> BundleVerdict:
    """Check the files of a bundle.

    Args:
        files: their bytes by name.
        name: what to call the bundle in the verdict.
        key: C2SP verifier key that the reader has from elsewhere.
        certificates: certificates of time-stamp authorities that the reader trusts, PEM.

    Raises:
        LedgerError: it is no bundle, or the key is none.
        LedgerVersionError: it was written by a newer version.
    """
    state = _State(files, key, certificates)
    _read_about(state)
    if key is not None:
        checkpoint.parse_verifier_key(key)
    checks: list[Check] = []
    for step, (identifier, perform) in enumerate(_STEPS, 1):
        if checks and checks[-1].status is CheckStatus.FAILED:
            checks += [_skipped(n, i) for n, (i, _) in enumerate(_STEPS, 1) if n >= step]
            break
        checks.append(_done(step, identifier, perform, state))
    verdict = kind_of(tuple(checks), _VOUCHING)
    committed = sum(len(texts) for texts in state.commitments.values())
    return BundleVerdict(
        file=name,
        kind="bundle",
        verdict=verdict,
        summary=summary(
            verdict,
            checks,
            size=state.size,
            absent=state.size - len(state.commitments),
            resumed=state.resumed,
            vouching=_VOUCHING,
        ),
        origin=state.origin,
        size=state.size,
        events=len(state.commitments),
        texts=state.texts,
        withheld=committed - state.texts,
        checkpoints=len(state.notes),
        timestamps=state.times.found,
        sealed=state.times.sealed,
        earlier=state.resumed.log if state.resumed else None,
        earlier_size=state.resumed.size if state.resumed else None,
        checks=tuple(checks),
    )


def _done(
    step: int, identifier: str, perform: Callable[[_State], str | Nothing], state: _State
) -> Check:
    try:
        said = perform(state)
    except LedgerError as error:
        return Check(step=step, id=identifier, status=CheckStatus.FAILED, reason=str(error))
    if isinstance(said, Nothing):
        return _skipped(step, identifier, said.reason)
    return Check(step=step, id=identifier, status=CheckStatus.PASSED, reason=said)


def _skipped(step: int, identifier: str, reason: str = "an earlier step failed") -> Check:
    return Check(step=step, id=identifier, status=CheckStatus.SKIPPED, reason=reason)


def _read_about(state: _State) -> None:
    missing = [name for name in bundle_form.NAMES if name not in state.files]
    if bundle_form.ABOUT in missing:
        raise LedgerError(f"it is no bundle: it holds no {bundle_form.ABOUT}")
    about = canonical.decode(state.files[bundle_form.ABOUT])
    form = about.get("format")
    if form != bundle_form.FORM:
        if isinstance(form, str) and form.startswith(bundle_form.FORM.partition("@")[0] + "@"):
            raise LedgerVersionError(f"a bundle of the form {form[:60]!r}, which is not known here")
        raise LedgerError("it is no bundle of a ledger")
    origin, size, work = about.get("origin"), about.get("size"), about.get("work")
    if (
        not (isinstance(origin, str) and isinstance(size, int) and isinstance(work, str | None))
        or isinstance(size, bool)
        or size < 1
        or max(len(origin), len(work or "")) > _LONGEST_NAME
        or about.keys() != {"format", "origin", "size", "work"}
    ):
        raise LedgerError(f"{bundle_form.ABOUT} is not of its form")
    if missing:
        raise LedgerError(f"it is no whole bundle: {missing[0]} is missing")
    state.origin, state.size, state.work = origin, size, work


def _files(state: _State) -> str:
    """(1) Every file is known, and as its digest says."""
    for name in state.files:
        known = name in bundle_form.NAMES or bundle_form.NOTE.fullmatch(name)
        if not known and not bundle_form.TOKEN.fullmatch(name):
            raise LedgerBrokenError(f"a file that no bundle holds: {name}")
    bundle_form.demand_sums(state.files)
    return f"{counted(len(state.files), 'file')}, each as {bundle_form.SUMS} says"


def _events(state: _State) -> str:
    """(2) Events are canonical bytes, lead to their leaves, and follow each other."""
    state.leaves.extend(bundle_form.leaves(state.files[bundle_form.LEAVES]))
    if len(state.leaves) != state.size:
        raise LedgerBrokenError(f"{counted(len(state.leaves), 'leaf', 'leaves')}, not {state.size}")
    last = -1
    for data in bundle_form.lines(state.files[bundle_form.EVENTS], bundle_form.EVENTS):
        last = _event(data, last, state)
    if state.work is None and len(state.commitments) != state.size:
        raise LedgerBrokenError("events are missing from a bundle of the whole ledger")
    there = f"{len(state.commitments)} of {counted(state.size, 'event')}"
    hidden = _HIDDEN if len(state.commitments) < state.size else ""
    return f"{there} to be read here, each in its place, none changed{hidden}"


def _event(data: bytes, last: int, state: _State) -> int:
    leaf = merkle.leaf_hash(data)
    value = canonical.decode(data)
    event = body.decode(data, leaf, {})
    number = event.sequence
    if not last < number < state.size:
        raise LedgerBrokenError("it does not come after the event before it", number)
    if state.leaves[number] != leaf:
        raise LedgerBrokenError("its bytes are not those that were hashed", number)
    before = state.leaves[number - 1].hex() if number else None
    if event.previous != before or event.log != state.origin:
        raise LedgerBrokenError("it does not follow the event before it in this log", number)
    if state.work is not None and event.payload.get("work", state.work) != state.work:
        raise LedgerBrokenError("it is of another work than the bundle says", number)
    if event.anchor:
        state.cited.setdefault(event.anchor, number)
    state.resumed = state.resumed or cited_by(event)
    committed = value["commit"]
    if not all(isinstance(digest, str) for digest in committed.values()):
        raise LedgerBrokenError("a commitment is no digest", number)
    state.commitments[number] = committed
    return number


def _checkpoints(state: _State) -> str:
    """(3) Signed tree heads are over these events, the newest over all of them."""
    named, key = checkpoint.parse_verifier_key(_text(state, bundle_form.VERIFIER_KEY))
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    spelled = f"{checkpoint.verifier_key(named, key)}\n"
    if named != state.origin or state.files[bundle_form.PEM] != pem:
        raise LedgerBrokenError("the public keys are not those of one log")
    if _text(state, bundle_form.VERIFIER_KEY) != spelled:
        raise LedgerBrokenError("the verifier key is not in its one form")
    for name in state.files:
        if bundle_form.NOTE.fullmatch(name):
            note = checkpoint.verify(_text(state, name), spelled)
            if name != bundle_form.note_name(note.size):
                raise LedgerBrokenError(f"{name} is over {counted(note.size, 'event')}")
            state.notes[note.size] = note
    if state.size not in state.notes or max(state.notes) > state.size:
        raise LedgerBrokenError(f"no checkpoint is the newest and over all {state.size} events")
    tree = merkle.Growing()
    for leaf in state.leaves:
        tree.append(leaf)
        signed = state.notes.get(tree.size)
        if signed is not None and signed.root != tree.root:
            raise LedgerBrokenError(f"the checkpoint over {tree.size} events has another root")
    signed_heads = counted(len(state.notes), "checkpoint")
    return f"{signed_heads} signed over these events, the newest over all {state.size}"


def _texts(state: _State) -> str | Nothing:
    """(4) Texts that are disclosed are those that events commit to."""
    before: tuple[int, str] = (-1, "")
    for line in bundle_form.lines(state.files[bundle_form.DISCLOSURES], bundle_form.DISCLOSURES):
        value: dict[str, Any] = canonical.decode(line)
        number, path, words = value.get("event"), value.get("path"), value.get("disclosure")
        if (
            not (isinstance(number, int) and isinstance(path, str) and isinstance(words, str))
            or isinstance(number, bool)
            or value.keys() != {"event", "path", "disclosure"}
            or (number, path) <= before
        ):
            raise LedgerBrokenError(f"{bundle_form.DISCLOSURES} is not of its form")
        committed = state.commitments.get(number, {}).get(path)
        if committed is None:
            raise LedgerBrokenError(f"a text that nothing commits to ({path[:100]})", number)
        disclosure.reveal(words, path, committed)
        before = (number, path)
        state.texts += 1
    if not state.texts:
        return Nothing("no text is disclosed here")
    return f"{counted(state.texts, 'text')} disclosed, word for word what was recorded"


def _timestamps(state: _State) -> str | Nothing:
    """(5) Time-stamps are over these checkpoints, and those that events cite are there."""
    state.times = check_times(state.files, state.notes, state.cited)
    return state.times.said if state.times.found else Nothing(state.times.said)


def _key(state: _State) -> str | Nothing:
    """(6) The log is signed by a key that the reader has from elsewhere."""
    if state.key is None:
        return Nothing("no key was given (--key); the one in the bundle proves nothing")
    checkpoint.verify(state.notes[state.size].note, state.key)
    return "the key that you gave has signed the newest checkpoint, over all events"


def _time(state: _State) -> str | Nothing:
    """(7) Authorities that the reader trusts have stamped them."""
    if not state.times.found:
        return Nothing(state.times.said)
    if state.certificates is None:
        return Nothing("no certificates of a time-stamp authority were given (--tsa-trust)")
    state.times = state.times.believed(state.certificates, state.size)
    return state.times.said


_STEPS: Final[tuple[tuple[str, Callable[[_State], str | Nothing]], ...]] = (
    ("files", _files),
    ("events", _events),
    ("checkpoints", _checkpoints),
    ("texts", _texts),
    ("timestamps", _timestamps),
    ("key", _key),
    ("time", _time),
)


def _text(state: _State, name: str) -> str:
    try:
        return state.files[name].decode()
    except UnicodeDecodeError as error:
        raise LedgerBrokenError(f"{name} is not UTF-8 text") from error
