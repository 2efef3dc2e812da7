"""What a bundle tells a stranger: one page on how to check it with common tools.

In the language of the report that it goes with, else in English. The page is a template that lies
with those of reports; what is run, and is the same in each language, stands here.
"""

from __future__ import annotations

from typing import Final

from provenance_gen import resources
from provenance_gen.errors import ResourceError


def readme(
    *,
    origin: str,
    size: int,
    events: int,
    work: str | None,
    timestamps: int,
    earlier: tuple[str, int] | None,
    language: str = "en",
) -> str:
    """Return the page.

    Args:
        origin: name of the log.
        size: events in the log.
        events: events whose bytes are there.
        work: identifier of the only work that is told, or None.
        timestamps: number of time-stamps that are there.
        earlier: name and events of the log that this one goes on from, where there is one.
        language: ``en`` or ``ja``.

    Raises:
        ResourceError: the page is missing: the installation is damaged.
    """
    newest, words = f"checkpoints/{size:012d}.note", _WORDS[language]
    return _page(language).format(
        origin=origin,
        size=size,
        events=events,
        cut=words["cut"].format(work=work) if work else "",
        earlier=words["earlier"].format(log=earlier[0], size=earlier[1]) if earlier else "",
        signature=_SIGNATURE.format(newest=newest),
        tree=_TREE.format(newest=newest),
        stamps=words["stamps"].format(command=_STAMPS) if timestamps else words["no_stamps"],
    )


def _page(language: str) -> str:
    name = f"ledger-readme.{language}.md"
    try:
        return resources.report_templates().joinpath(name).read_text(encoding="utf-8")
    except OSError as error:
        raise ResourceError(f"the template {name!r} is missing; reinstall") from error


_SIGNATURE: Final = """```sh
sha256sum -c SHA256SUMS
sed '/^$/,$d' {newest} > text
sed -n 's/^— [^ ]* //p' {newest} | head -1 | base64 -d | tail -c 64 > signature
openssl pkeyutl -verify -pubin -inkey ledger.pem -rawin -in text -sigfile signature
```"""

_TREE: Final = """```python
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
```"""

_STAMPS: Final = """```sh
openssl ts -verify -in checkpoints/NUMBER.NAME.tsr -data checkpoints/NUMBER.note -CAfile ROOT.pem
openssl ts -reply -in checkpoints/NUMBER.NAME.tsr -text
```"""

_WORDS: Final = {
    "en": {
        "cut": " It is cut down to work `{work}`: of others only hashes are there.",
        "earlier": """

**This is not the whole story.** The log goes on from an earlier one of the same studio, `{log}`, of
{size} events, which is not in this bundle. Event 0 holds its name, size and Merkle root.
""",
        "stamps": """Each `.tsr` is an RFC 3161 time-stamp over the note of the same number. Get the
authority's root certificate from the authority itself, then:

{command}

The events before NUMBER existed by that time. An event whose `anchor` is the SHA-256 of a `.tsr`
came after it.""",
        "no_stamps": "There are none here: nothing shows since when these events exist.",
    },
    "ja": {
        "cut": "作品 `{work}` の分だけを取り出しており、ほかの記録はハッシュだけが入っています。",
        "earlier": """

**これで全部ではありません。** この台帳は、同じスタジオの以前の台帳 `{log}`、全{size}件の
続きです。以前の台帳はここには入っていません。その名前、件数、Merkle 木の根は、記録 0 にあります。
""",
        "stamps": """それぞれの `.tsr` は、同じ番号の `.note` に対する RFC 3161 の
タイムスタンプです。タイムスタンプ局のルート証明書をその局から直接入手して、次を実行してください。

{command}

NUMBER より前の記録は、その時刻に存在していました。`anchor` が `.tsr` の SHA-256 である記録は、その
タイムスタンプより後に作られたものです。""",
        "no_stamps": "ここには一つもありません。"
        "これらの記録がいつから存在するかを示すものはありません。",
    },
}
