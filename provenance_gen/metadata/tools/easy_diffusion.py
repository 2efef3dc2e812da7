"""Easy Diffusion: one text chunk for each setting in PNG, one JSON object in EXIF.

Easy Diffusion ``ui/easydiffusion/utils/save_utils.py``: names are keys or, if the user chose so,
labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provenance_gen.metadata.values import claim, size

if TYPE_CHECKING:
    from provenance_gen.metadata.carriers import Carrier
    from provenance_gen.metadata.siblings import Siblings
    from provenance_gen.records.claim import FoundClaim

_LABELS: Final = {
    "prompt": "Prompt",
    "negative_prompt": "Negative Prompt",
    "seed": "Seed",
    "num_inference_steps": "Steps",
    "sampler_name": "Sampler",
    "guidance_scale": "Guidance Scale",
    "use_stable_diffusion_model": "Stable Diffusion model",
    "width": "Width",
    "height": "Height",
}
_MARKS: Final = ("use_stable_diffusion_model", "Stable Diffusion model")


def parse(carrier: Carrier, siblings: Siblings) -> FoundClaim | None:
    """Read a claim by Easy Diffusion; of several chunks the prompt's gets the digest."""
    values = carrier.json
    if any(mark in values for mark in _MARKS) and ("prompt" in values or "Prompt" in values):
        return _claim(carrier, {key: values.get(key, values.get(_LABELS[key])) for key in _LABELS})
    if carrier.key not in ("prompt", "Prompt") or values:
        return None
    if siblings.text(*_MARKS) is None:
        return None
    texts = {key: siblings.text(key, label) for key, label in _LABELS.items()}
    return _claim(carrier, {**texts, "prompt": carrier.text})


def _claim(carrier: Carrier, values: dict[str, Any]) -> FoundClaim:
    return claim(
        "Easy Diffusion",
        carrier,
        prompt=values["prompt"],
        negative_prompt=values["negative_prompt"],
        seed=values["seed"],
        steps=values["num_inference_steps"],
        sampler=values["sampler_name"],
        guidance=values["guidance_scale"],
        model=values["use_stable_diffusion_model"],
        size=size(values["width"], values["height"]),
    )
