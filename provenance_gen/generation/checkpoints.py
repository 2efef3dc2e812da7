"""Models that are one ``.safetensors`` file: which pipeline they are for, from their shapes alone.

The file holds weights and no configuration. That comes from a folder that the user names, else from
the folder that the file lies in, where that is one in diffusers format (as the large collections
hand them out), else from the hub, where each known family has one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provenance_gen.errors import ModelError
from provenance_gen.generation.trouble import is_unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provenance_gen.generation.models import ModelSource

_FAMILIES: Final = {
    "xl": "StableDiffusionXLPipeline",
    "playground": "StableDiffusionXLPipeline",
    "v1": "StableDiffusionPipeline",
    "v2": "StableDiffusionPipeline",
    "inpainting": "StableDiffusionInpaintPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "flux": "FluxPipeline",
    "auraflow": "AuraFlowPipeline",
    "chroma": "ChromaPipeline",
}
"""Pipeline by the beginning of what diffusers calls a single file's family."""


_ADVICE: Final = (
    "give a folder in diffusers format of the same kind of model with --model-config, or connect"
    " once to fetch it"
)


def load(source: ModelSource, config: str | None, *, dtype: Any, fetch: bool) -> Any:
    """Load a pipeline from one file.

    Args:
        source: the file.
        config: folder or hub id of a model of the same kind; left out, see above.
        dtype: torch's type for the weights.
        fetch: whether the configuration may be fetched; weights never are.

    Raises:
        ModelError: it is no whole model of a known family, or its configuration is not here.
    """
    import diffusers
    from diffusers.loaders import single_file_utils
    from safetensors import safe_open

    path = Path(source.location)
    with safe_open(path, framework="pt") as opened:
        checkpoint = {key: opened.get_slice(key) for key in opened.keys()}  # noqa: SIM118
        family = single_file_utils.infer_diffusers_model_type(_Shapes(checkpoint))
    kind = next((made for start, made in _FAMILIES.items() if family.startswith(start)), None)
    known = single_file_utils.DIFFUSERS_DEFAULT_PIPELINE_PATHS.get(family, {})
    beside = str(path.parent) if (path.parent / "model_index.json").is_file() else None
    config = config or beside or known.get("pretrained_model_name_or_path")
    if kind is None or config is None or not _is_whole(checkpoint):
        raise ModelError(
            f"{path.name} is no checkpoint of a whole model that is known here"
            " (a LoRA goes to --lora); give a folder in diffusers format"
        )
    here = Path(config).expanduser()
    if not fetch and not here.is_dir():
        raise ModelError(f"{path.name} needs its configuration: {_ADVICE}")
    try:
        return getattr(diffusers, kind).from_single_file(
            str(path),
            config=str(here) if here.is_dir() else config,
            dtype=dtype,
            local_files_only=not fetch,
        )
    except Exception as error:
        if here.is_dir() or not is_unreachable(error):
            raise
        raise ModelError(
            f"{path.name} holds weights alone, and the hub, which has its configuration, cannot be"
            f" reached: {_ADVICE}"
        ) from error


class _Shapes(dict[str, Any]):
    """A checkpoint's tensors by name, of which only the shapes are looked at."""

    def __getitem__(self, key: str) -> Any:
        found = super().__getitem__(key)
        return type("Shape", (), {"shape": tuple(found.get_shape())})


def _is_whole(checkpoint: Mapping[str, Any]) -> bool:
    """Tell a whole model from a part of one or from a LoRA, which diffusers takes for a v1."""
    return any(
        key.startswith(("model.diffusion_model.", "double_blocks.", "transformer_blocks."))
        for key in checkpoint
    )
