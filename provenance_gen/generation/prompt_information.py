"""How much a prompt tells a denoiser about a picture: pointwise information, in nats.

For a picture x, a prompt y and log-SNR a, with noise e and the noisy picture
z = sqrt(sigmoid(a)) x + sqrt(sigmoid(-a)) e, ::

    i(x; y) = 1/2 * integral over a of E_e[ |e - eps(z)|^2 - |e - eps(z | y)|^2 ]

(Kong et al., "Interpretable Diffusion via Information Decomposition", ICLR 2024, the standard
form; its orthogonal form does not tell true prompts from false ones). It is ln p(x|y) - ln p(x) of
the model as far as its denoiser is the best there is; a real one is not, so the number is the
model's own. Without the sum over the picture it is a map. It measures how strongly words steer
this model towards these pixels, and says nothing of authorship.

What a pipeline's denoiser is, ``conditioned`` knows; this module only integrates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from provenance_gen.errors import GenerationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Denoiser", "Errors", "Estimate", "Sampling", "measure_errors"]

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


class Denoiser(Protocol):
    """A denoiser together with the texts that it is asked with, in a fixed order."""

    @property
    def kept(self) -> Sequence[float]:
        """How much of the picture's variance is left at each of its noise levels, falling."""
        ...

    @property
    def texts(self) -> int:
        """How many texts there are."""
        ...

    def noise(self, noisy: Any, step: int) -> Any:
        """Predict the noise in a noisy picture (channels, height, width) once for each text.

        Returns:
            A tensor of texts x channels x height x width.
        """
        ...


@dataclass(frozen=True)
class Sampling:
    """How the integral is taken.

    Noise levels are drawn from a logistic over log-SNR, one from each of as many equal shares of
    it, and each is weighted by one over its density. Every text meets the same noise, and each
    noise is used with its negative.
    """

    samples: int = 32
    """Noise levels drawn, an even number; each costs two predictions for each text."""
    location: float = 2.0
    """Middle of the logistic. Kong et al. take 1."""
    scale: float = 3.0
    """Its scale. Kong et al. take 2."""
    lowest: float = -8.0
    """Log-SNR where the integral begins, or the schedule's end if that is higher. What lies below
    is at most half the squared length of the picture (or latent) times exp(lowest)."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what strata cannot be paired in.

        Raises:
            UsageError: the number of samples is no even number above 0.
        """
        if self.samples < 2 or self.samples % 2:  # noqa: PLR2004 - a pair of strata
            raise UsageError(f"the number of samples is even and at least 2, not {self.samples}")


@dataclass(frozen=True)
class Estimate:
    """Information in nats, and where it lies."""

    nats: float
    standard_error: float
    """Of the drawing of levels and noise alone."""
    cells: Array
    """Nats in each cell (height x width) of what the denoiser works on; their sum is ``nats``."""


@dataclass(frozen=True)
class Errors:
    """Denoising errors of one picture under several texts, integrated."""

    samples: Array
    """Samples x texts: weighted halves of squared errors, whose mean over samples integrates."""
    cells: Array
    """Texts x height x width: that mean, for each cell."""
    range: tuple[float, float]
    """Log-SNR from which to which was integrated."""

    def information(self, text: int, beside: int) -> Estimate:
        """Return what one text tells beyond another: the other's error less its own."""
        drawn = self.samples[:, beside] - self.samples[:, text]
        # One sample comes from each stratum, so neighbours stand for each other: W. G. Cochran,
        # "Sampling Techniques" (1977), section 5A.12, collapsed strata; rather too large.
        apart = drawn[0::2] - drawn[1::2]
        error = math.sqrt(float((apart**2).sum())) / len(drawn)
        return Estimate(float(drawn.mean()), error, self.cells[beside] - self.cells[text])


def measure_errors(
    denoiser: Denoiser,
    clean: Any,
    sampling: Sampling = Sampling(),
    *,
    on_step: Callable[[int, int], None] = lambda _step, _of: None,
) -> Errors:
    """Integrate a denoiser's errors over noise levels, for each of its texts.

    Args:
        denoiser: the denoiser and its texts.
        clean: the picture as the denoiser takes it, channels x height x width, float32.
        sampling: how the integral is taken.
        on_step: told of each noise level that is done.

    Raises:
        GenerationError: the schedule's noise does not grow, or a prediction is not finite.
    """
    import torch

    count = sampling.samples
    random = torch.Generator(device="cpu").manual_seed(sampling.seed)
    levels = _levels(denoiser.kept, sampling)
    samples = np.zeros((count, denoiser.texts))
    cells = np.zeros((denoiser.texts, *clean.shape[-2:]))
    with torch.inference_mode():
        for number in range(count):
            spot = (number + torch.rand((), generator=random, dtype=torch.float64).item()) / count
            step = int(np.searchsorted(levels.cumulative, spot))
            noise = torch.randn(clean.shape, generator=random).to(clean.device)
            kept = float(denoiser.kept[step])
            for signed in (noise, -noise):
                noisy = math.sqrt(kept) * clean + math.sqrt(1 - kept) * signed
                wrong = (signed - denoiser.noise(noisy, step)).square().sum(1).double()
                found = wrong.cpu().numpy() * levels.weights[step] / 4  # half, of two signs
                samples[number] += found.sum((1, 2))
                cells += found / count
            on_step(number + 1, count)
    if not np.isfinite(cells).all():
        raise GenerationError("the model's predictions are not finite in this number type")
    return Errors(samples, cells, levels.range)


_TOP: Final = 1e-9
"""How near to 1 what is kept may be: above, log-SNR has no end."""


@dataclass(frozen=True)
class _Levels:
    """A schedule's levels as the points of a trapezoid rule over log-SNR."""

    cumulative: Array
    """Chance of drawing a level or one before it."""
    weights: Array
    """Width that a level stands for over its chance."""
    range: tuple[float, float]


def _levels(kept: Sequence[float], sampling: Sampling) -> _Levels:
    share = np.clip(np.asarray(kept, dtype=np.float64), 0, 1 - _TOP)
    with np.errstate(divide="ignore"):
        ratio = np.log(share) - np.log1p(-share)
    used = np.flatnonzero(ratio >= sampling.lowest)
    if len(used) < 2 or (np.diff(ratio[used]) >= 0).any():  # noqa: PLR2004 - a width needs two
        raise GenerationError("the model's noise schedule does not fall from little to much noise")
    heights = ratio[used]
    bounds = np.concatenate([heights[:1], (heights[1:] + heights[:-1]) / 2, heights[-1:]])
    widths = np.zeros(len(ratio))
    widths[used] = bounds[:-1] - bounds[1:]
    far = np.clip((ratio - sampling.location) / (2 * sampling.scale), -350, 350)
    chances = widths / np.cosh(far) ** 2
    chances /= chances.sum()
    weights = np.divide(widths, chances, out=np.zeros_like(widths), where=chances > 0)
    cumulative = np.cumsum(chances)
    # Rounding must not leave a draw beyond the last level that is used.
    cumulative[used[-1] :] = 1.0
    return _Levels(cumulative, weights, (float(heights[-1]), float(heights[0])))
