"""Entry of the process that reads policies which the user did not choose.

Run by ``studio.evidence_policies`` and by nothing else: on standard input a JSON list of names and
base64, on standard output one line of JSON for each, in the same order. It bounds its own memory
and time first.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any, Final

from provenance_gen.studio import own_fault, serve

MEMORY: Final = 2 << 30


def main() -> int:
    """Answer one request."""
    serve.limit(MEMORY)
    serve.allow(float(sys.argv[1]))
    from provenance_gen.errors import PolicyError  # noqa: PLC0415 - after the limits
    from provenance_gen.policy.loader import parse  # noqa: PLC0415

    for source, data in json.load(sys.stdin.buffer):
        answer: dict[str, Any]
        try:
            policy = parse(base64.b64decode(data), source, foreign=True)
            answer = {"policy": policy.model_dump(mode="json")}
        except PolicyError as error:
            answer = {"line": error.line, "reason": error.reason}
        except Exception as error:  # noqa: BLE001 - a limit, or a fault of ours and told as one
            limit = own_fault.too_much(error, MEMORY)
            fault = {"fault": own_fault.where(error)}
            answer = {"line": None, "reason": limit} if limit else fault
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.flush()  # what comes next may end us
    return 0


if __name__ == "__main__":
    sys.exit(main())
