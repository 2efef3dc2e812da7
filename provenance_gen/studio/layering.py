"""Entry of the process that reads the layers of an editor's file, which may be a stranger's.

Run as ``python -m provenance_gen.studio.layering FORM`` by ``studio.layered`` and by nothing else:
the file on standard input, one JSON value on standard output. It bounds its own memory and time
first, and loads no ledger.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from provenance_gen.studio import serve

MEMORY: Final = 2 << 30
SECONDS: Final = 30.0


def main() -> int:
    """Answer one request."""
    serve.limit(MEMORY)
    serve.allow(SECONDS)
    from provenance_gen.errors import ProvenanceError  # noqa: PLC0415 - after the limits
    from provenance_gen.metadata.layered import MAX_LAYERS, layers  # noqa: PLC0415

    answer: dict[str, Any] = {}
    try:
        found = layers(sys.stdin.buffer.read(), sys.argv[1])
    except ProvenanceError as error:
        answer["error"] = str(error)
    else:
        if found is not None:
            named = [item._asdict() for item in found[:MAX_LAYERS]]
            answer = {"layers": named, "count": len(found)}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
