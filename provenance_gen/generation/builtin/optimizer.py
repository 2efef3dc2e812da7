"""The optimizer: Muon for matrices, AdamW for everything else, written from the publications.

Muon is by K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024);
the step size that makes its updates as large as Adam's is from J. Liu et al., "Muon is scalable
for LLM training" (2025), section 2.2; AdamW from I. Loshchilov and F. Hutter (2019). The learning
rate schedule is left to `loop`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from provenance_gen.generation.builtin.team import Team

__all__ = ["Optimizer", "orthogonalised"]

_QUINTIC = (3.4445, -4.7750, 2.0315)
_MOMENTUM = 0.95
_BETAS = (0.9, 0.99)
_NARROWEST = 16
"""A matrix narrower than this (the first and last convolutions) has no directions to balance."""


def orthogonalised(stack: Any, *, rounds: int = 5) -> Any:
    """Bring all singular values of a stack of matrices (n, rows, columns), rows <= columns, near 1.

    Muon's quintic X <- (aI + bA + cA^2) X with A = X X^T. All factors commute with A, so they are
    multiplied up in the small square form and applied to the wide X once, which costs a third.
    """
    a, b, c = _QUINTIC
    wide = stack / (stack.norm(dim=(1, 2), keepdim=True) + 1e-7)
    gram = wide @ wide.mT
    unit = torch.eye(gram.shape[-1], device=gram.device, dtype=gram.dtype).expand_as(gram)
    product = unit
    for _ in range(rounds):
        factor = a * unit + b * gram + c * (gram @ gram)
        product = factor @ product
        gram = factor @ gram @ factor
    return product @ wide


class Optimizer:
    """Holds the moments of a list of parameters and updates them from their gradients.

    In a team every member orthogonalises its share of the matrices and all receive the result.
    """

    def __init__(self, named: Iterable[tuple[str, Any]], team: Team) -> None:
        """Sort named parameters into those for Muon and those for AdamW."""
        self._team = team
        self._groups: dict[tuple[int, int], list[Any]] = {}
        self._plain: list[Any] = []
        for name, parameter in named:
            shape = _flat_shape(parameter)
            if min(shape) < _NARROWEST or "token_embedding" in name or "position_embed" in name:
                self._plain.append(parameter)
            else:
                self._groups.setdefault(shape, []).append(parameter)
        matrices = [parameter for group in self._groups.values() for parameter in group]
        self._momenta = {parameter: torch.zeros_like(parameter) for parameter in matrices}
        self._first = [torch.zeros_like(parameter) for parameter in self._plain]
        self._second = [torch.zeros_like(parameter) for parameter in self._plain]
        self._steps = 0

    def parameters(self) -> list[Any]:
        """Return all parameters, in a fixed order."""
        return [*self._momenta, *self._plain]

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on after an interruption."""
        return {
            "momenta": list(self._momenta.values()),
            "first": self._first,
            "second": self._second,
            "steps": self._steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        _copy(self._momenta.values(), state["momenta"])
        _copy(self._first, state["first"])
        _copy(self._second, state["second"])
        self._steps = state["steps"]

    def step(self, rate: float) -> None:
        """Update all parameters with the learning rate `rate` and clear the gradients."""
        with torch.no_grad():
            self._steps += 1
            self._step_matrices(rate)
            self._step_plain(rate)
            for parameter in self.parameters():
                parameter.grad = None

    def _step_matrices(self, rate: float) -> None:
        chunks = []
        for number, ((rows, columns), group) in enumerate(self._groups.items()):
            for parameter in group:
                self._momenta[parameter].lerp_(parameter.grad, 1 - _MOMENTUM)
            mine = [k for k in range(len(group)) if self._team.owns(number + k)]
            update = torch.zeros(len(group), rows, columns, device=self._team.device)
            if mine:
                seen = [
                    group[k].grad.lerp(self._momenta[group[k]], _MOMENTUM).reshape(rows, columns)
                    for k in mine
                ]
                update[mine] = _balanced(torch.stack(seen))
            chunks.append(update)
        self._team.add_up(chunks)
        for ((rows, columns), group), update in zip(self._groups.items(), chunks, strict=True):
            size = 0.2 * max(rows, columns) ** 0.5
            for parameter, part in zip(group, update, strict=True):
                parameter.sub_(part.reshape(parameter.shape), alpha=rate * size)

    def _step_plain(self, rate: float) -> None:
        one, two = _BETAS
        fix_one, fix_two = 1 - one**self._steps, 1 - two**self._steps
        for parameter, first, second in zip(self._plain, self._first, self._second, strict=True):
            first.lerp_(parameter.grad, 1 - one)
            second.lerp_(parameter.grad.square(), 1 - two)
            parameter.addcdiv_(first / fix_one, (second / fix_two).sqrt() + 1e-8, value=-rate)


def _balanced(stack: Any) -> Any:
    """Orthogonalise a stack of matrices of any shape."""
    tall = stack.shape[1] > stack.shape[2]
    result = orthogonalised(stack.mT if tall else stack)
    return result.mT if tall else result


def _flat_shape(parameter: Any) -> tuple[int, int]:
    """Return rows and columns of a parameter as a matrix; a vector has one row."""
    if parameter.ndim <= 1:
        return 1, parameter.numel()
    return parameter.shape[0], parameter.numel() // parameter.shape[0]


def _copy(targets: Iterable[Any], sources: Sequence[Any]) -> None:
    for target, source in zip(targets, sources, strict=True):
        target.copy_(source)
