"""What marks an image file carries that say AI made it: the vocabulary of marking policies.

Plain values that cross a process border (``FileMarks``), and the names that conditions may use
(``MARKS``). Everything here is what stands in the file, not whether it is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MARKS: Final[Mapping[str, str]] = {
    "ai_stated": "1 if anything in the file says that AI made or changed the picture",
    "ai_stated_signed": "1 if a signed and valid manifest says so",
    "c2pa_manifest": "1 if the file has Content Credentials that can be read",
    "c2pa_valid": "1 if their signature and their binding to the file hold",
    "c2pa_trusted": "1 if a list vouches for the signer",
    "c2pa_timestamped": "1 if a time-stamp by an authority that a list vouches for says when",
    "c2pa_signer": "1 if the certificate names who signed, as it claims",
    "c2pa_system": "1 if they name the program that made the picture, with its version",
    "c2pa_time": "1 if they say when the picture was made or changed",
    "c2pa_identifier": "1 if they hold an identifier of this manifest that no other file has",
    "c2pa_inputs": "files that went into the picture, as the manifest lists them",
    "c2pa_inputs_kept": "those of them whose own credentials were kept",
    "iptc_source_type": "1 if XMP holds a digital source type of the IPTC vocabulary",
    "iptc_source_type_ai": "1 if that type says that AI made or changed the picture",
    "iptc_source_type_retired": "1 if that type has been retired",
    "iptc_ai_system": "1 if XMP names the AI system (AISystemUsed)",
    "iptc_ai_version": "1 if XMP names its version (AISystemVersionUsed)",
    "iptc_prompt": "1 if XMP holds information on the prompt (AIPromptInformation)",
    "iptc_prompt_writer": "1 if XMP names who wrote the prompt (AIPromptWriterName)",
    "aigc_blocks": "AIGC blocks of GB 45438-2025 in the file",
    "aigc_blocks_valid": "those of them that have the form of the standard",
    "record_matched": "1 if a ledger at hand knows the file",
    "watermark": "invisible watermarks in the pixels; version 1 looks for none",
    "visible_label": "visible labels; version 1 does not look at what the picture shows",
}
"""Names that the conditions of a marking policy may use, with their meanings."""


UNSEEN: Final = frozenset({"watermark", "visible_label"})
"""Marks that this version does not look for, so that their absence says nothing."""


@dataclass(frozen=True)
class AigcBlock:
    """One block of GB 45438-2025, appendix E, as it stands in a file."""

    carrier: str
    """Where in the file it stands."""
    fields: Mapping[str, str]
    faults: tuple[str, ...] = ()
    """What is wrong with its form, in words; empty where nothing is."""


@dataclass(frozen=True)
class FileMarks:
    """Marks outside the Content Credentials, as found in a file's texts."""

    source_types: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    prompts: int = 0
    prompt_writers: int = 0
    aigc: tuple[AigcBlock, ...] = ()
