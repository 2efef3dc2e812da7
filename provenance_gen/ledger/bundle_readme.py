"""What a bundle tells a stranger: one page on how to check it with common tools."""

from __future__ import annotations

from typing import Final


def readme(
    *,
    origin: str,
    size: int,
    events: int,
    work: str | None,
    timestamps: int,
    earlier: tuple[str, int] | None,
) -> str:
    """Return the page.

    Args:
        origin: name of the log.
        size: events in the log.
        events: events whose bytes are there.
        work: identifier of the only work that is told, or None.
        timestamps: number of time-stamps that are there.
        earlier: name and events of the log that this one goes on from, where there is one.
    """
    cut = f" It is cut down to work `{work}`: of others only hashes are there." if work else ""
    return _PAGE.format(
        origin=origin,
        size=size,
        events=events,
        cut=cut,
        earlier=_EARLIER.format(log=earlier[0], size=earlier[1]) if earlier else "",
        newest=f"checkpoints/{size:012d}.note",
        stamps=_STAMPS if timestamps else _NO_STAMPS,
    )


_STAMPS: Final = """Each `.tsr` is an RFC 3161 time-stamp over the note of the same number. Get the
authority's root certificate from the authority itself, then:

```sh
openssl ts -verify -in checkpoints/NUMBER.NAME.tsr -data checkpoints/NUMBER.note -CAfile ROOT.pem
openssl ts -reply -in checkpoints/NUMBER.NAME.tsr -text
```

The events before NUMBER existed by that time. An event whose `anchor` is the SHA-256 of a `.tsr`
came after it."""
_NO_STAMPS: Final = "There are none here: nothing shows since when these events exist."

_EARLIER: Final = """

**This is not the whole story.** The log goes on from an earlier one of the same studio, `{log}`, of
{size} events, which is not in this bundle. Event 0 holds its name, size and Merkle root.
"""

_PAGE: Final = """# A record of how pictures were made

Log `{origin}`: {events} of {size} events.{cut}{earlier}
Each event is one line of `events.jsonl`. Prompts, notes and names stand in it only as salted
digests; those that were disclosed are in `disclosures.jsonl`.

**Nothing in here is to be trusted.** Whoever made this bundle could have made all of it, the key
too. It becomes evidence by what you have from elsewhere: the log's key (1), or the certificates of
a time-stamp authority (4). And what is proved is that the record is unchanged, not that it is true.

With the program that wrote it: `provgen verify BUNDLE --key KEY --tsa-trust ROOTS.pem`.
Without it, in an unpacked copy of this folder:

**1. The key.** Compare `ledger.vkey` with the key that you have from elsewhere. It is a C2SP
verifier key (c2sp.org/signed-note); `ledger.pem` is the same key. The newest checkpoint is signed
by it:

```sh
sha256sum -c SHA256SUMS
sed '/^$/,$d' {newest} > text
sed -n 's/^— [^ ]* //p' {newest} | head -1 | base64 -d | tail -c 64 > signature
openssl pkeyutl -verify -pubin -inkey ledger.pem -rawin -in text -sigfile signature
```

**2. The tree.** Line n+1 of `leaves.txt` is the hash of event n: SHA-256 of a zero byte and the
event's line of `events.jsonl` without its end. All leaves make one tree (RFC 9162, section 2.1),
whose root is line 3 of the checkpoint. Save as `tree.py`, run `python3 tree.py`: True, twice.

```python
import base64, hashlib, json

def h(*parts): return hashlib.sha256(b"".join(parts)).digest()

def root(leaves):
    if len(leaves) == 1: return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return h(b"\\1", root(leaves[:k]), root(leaves[k:]))

leaves = [bytes.fromhex(line) for line in open("leaves.txt").read().split()]
events = open("events.jsonl", "rb").read().split(b"\\n")[:-1]
print(all(leaves[json.loads(e)["seq"]] == h(b"\\0", e) for e in events))
note = open("{newest}", encoding="utf-8").read().split("\\n")
print(int(note[1]) == len(leaves) and base64.b64decode(note[2]) == root(leaves))
```

**3. The texts.** The SHA-256 of a `disclosure` (its characters; written in base64url without `=`)
stands in the `commit` of its event, under its `path`. Decoded it is `[salt, path, text]`.

**4. The times.** {stamps}

Each event also holds, as `prev`, the hash of the one before. Its `ts` is the maker's own clock.
"""
