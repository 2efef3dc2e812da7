"""What went wrong with a model, in one sentence that says what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provenance_gen.errors import MissingModelError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNREACHABLE: Final = (
    "LocalEntryNotFoundError",
    "OfflineModeIsEnabled",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionError",
    "NetworkError",
)

_SENTENCES: Final = (
    (
        ("GatedRepoError",),
        "is gated: accept its terms on its page, then log in with: hf auth login",
    ),
    (("RevisionNotFoundError",), "has no such revision; leave out @… to take the newest"),
    (
        ("RepositoryNotFoundError",),
        "is not on the hub, or is private: check its name, or log in with: hf auth login",
    ),
    (
        _UNREACHABLE,
        "is not on this computer, and the hub cannot be reached: connect, or give a path",
    ),
    (
        ("SafetensorError", "SafetensorsParsingError"),
        "has a damaged weights file (cut short, or no safetensors)",
    ),
    (
        ("HFValidationError",),
        "is no valid hub id (owner/name)",
    ),
)

_NO_SAFETENSORS: Final = ("no file named", "safetensors")
_MEMORY: Final = ("out of memory", "can't allocate memory", "cannot allocate memory")


def not_loaded(name: str, error: BaseException) -> ModelError:
    """Return the error that tells why a model could not be loaded.

    Libraries wrap the reason in errors of their own, so the whole chain is looked at. What only
    has to be allowed is a ModelError, all else a MissingModelError.
    """
    chain = list(_chain(error))
    for kinds, sentence in _SENTENCES:
        if any(base.__name__ in kinds for link in chain for base in type(link).__mro__):
            return MissingModelError(f"model {name!r} {sentence}")
    text = next((str(link).strip() for link in chain if str(link).strip()), "")
    if all(part in text for part in _NO_SAFETENSORS):
        return ModelError(
            f"model {name!r} has no .safetensors weights for one of its parts; pickle files,"
            " which can run code when they are loaded, are taken with --unsafe-pickle"
        )
    if "trust_remote_code" in text:
        return ModelError(
            f"model {name!r} brings Python code of its own, which would run with your rights;"
            " read it, then allow it with --unsafe-remote-code"
        )
    if is_out_of_memory(error):
        advice = "try --offload model or --dtype float16"
        return MissingModelError(f"model {name!r} does not fit into memory; {advice}")
    line = text.splitlines()[0] if text else type(error).__name__
    return MissingModelError(f"model {name!r} cannot be loaded: {line}")


def running_trouble(error: BaseException) -> str:
    """Tell why a model failed while it ran, with advice where there is some."""
    if is_out_of_memory(error):
        return (
            "the model ran out of memory; try a smaller --size, a smaller --count,"
            " --offload model, or --dtype float16"
        )
    return f"the model failed: {type(error).__name__}: {error}"


def is_unreachable(error: BaseException) -> bool:
    """Tell whether something is not on this disk and the hub cannot be asked for it."""
    return any(
        base.__name__ in _UNREACHABLE for link in _chain(error) for base in type(link).__mro__
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out, on a GPU or in the computer."""
    return any(
        isinstance(link, MemoryError)
        or "OutOfMemory" in type(link).__name__
        or any(words in str(link) for words in _MEMORY)
        for link in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
