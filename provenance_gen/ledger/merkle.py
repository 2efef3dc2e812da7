"""The RFC 9162 Merkle tree: roots, frontiers, inclusion and consistency proofs.

Pure functions over 32-byte hashes. The tree over n leaves splits at the largest power of two
below n (RFC 9162, section 2.1.1), so it is the same tree as in RFC 6962. A *frontier* holds the
roots of the perfect subtrees that n's binary digits name, largest first: all that is needed to
append a leaf or to compute the root. Proofs are described as ranges of leaves whose roots they
list, so that they can be made from all leaves or from kept nodes alike.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEPT_EVERY: Final = 4
"""Nodes at every fourth height are worth keeping: n/15 of them, and any other node of the tree is
at most seven hashes away."""

_PAGE: Final = 1024
"""Leaves that are held at a time, where more are appended at once."""

EMPTY_ROOT: Final = hashlib.sha256().digest()
"""Root of the tree without leaves: the hash of nothing (RFC 9162, section 2.1.1)."""


def leaf_hash(data: bytes) -> bytes:
    """Hash a leaf: SHA-256(0x00 || data), 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node: SHA-256(0x01 || left || right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def node_number(height: int, place: int) -> int:
    """Return the number of a node, counted from left to right: leaves have the even numbers."""
    return ((2 * place + 1) << height) - 1


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """Compute the tree's root from its frontier."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for subtree in reversed(frontier[:-1]):
        root = node_hash(subtree, root)
    return root


def frontier_of(leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """Compute the frontier of a tree from its leaf hashes, in order."""
    tree = Growing()
    tree.extend(leaves)
    return tree.frontier


def root(leaves: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes (RFC 9162, section 2.1.1)."""
    return frontier_root(frontier_of(leaves))


class Growing:
    """A tree that grows leaf by leaf, holding its frontier and no more.

    Attributes:
        size: number of leaves.
        completed: (height, place, hash) of the subtrees at every ``KEPT_EVERY``-th height that
            were completed since the caller last emptied the list.
    """

    __slots__ = ("_stack", "completed", "size")

    def __init__(self, size: int = 0, frontier: Sequence[bytes] = ()) -> None:
        """Go on from a frontier, or begin an empty tree."""
        self.size = size
        self.completed: list[tuple[int, int, bytes]] = []
        self._stack = list(frontier)

    @property
    def frontier(self) -> tuple[bytes, ...]:
        """Roots of the perfect subtrees, largest first."""
        return tuple(self._stack)

    @property
    def root(self) -> bytes:
        """Root of the tree as it stands, 32 bytes."""
        return frontier_root(self._stack)

    def append(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes, in order."""
        rest = iter(leaves)
        while page := list(islice(rest, _PAGE)):
            self._extend(page)

    def _extend(self, nodes: list[bytes]) -> None:
        """Append a page of leaf hashes, and join them in pairs height by height.

        Every 1 in the binary digits of ``size`` is a perfect subtree in the stack, the lowest of
        them on top.
        """
        sha256, stack, place, height = hashlib.sha256, self._stack, self.size, 0
        self.size += len(nodes)
        alone: list[bytes] = []
        while nodes:
            if place & 1:
                nodes.insert(0, stack.pop())
            if len(nodes) & 1:
                alone.append(nodes.pop())
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            place >>= 1
            height += 1
            if not height % KEPT_EVERY:
                self.completed += [(height, n, node) for n, node in enumerate(nodes, place)]
        stack += reversed(alone)


def subtrees(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Part a range of leaves into perfect subtrees, as (height, place), largest first.

    ``start`` is a multiple of the largest one, as in every range that a proof names.
    """
    found = []
    while start < end:
        height = (end - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return tuple(found)


def inclusion_ranges(index: int, size: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of leaves whose roots prove a leaf, from its sibling upwards.

    This is the path of RFC 9162, section 2.1.3.1.

    Raises:
        IndexError: there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    path: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_ranges(old_size: int, new_size: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of leaves whose roots prove that one tree is the beginning of another.

    These are the nodes of RFC 9162, section 2.1.4.1; none where the sizes are equal.

    Raises:
        IndexError: the old tree is empty or larger than the new one.
    """
    if not 0 < old_size <= new_size:
        raise IndexError(old_size)
    path: list[tuple[int, int]] = []
    start, end, whole = 0, new_size, True
    while (size := end - start) > 1 and old_size - start != size:
        middle = start + _split(size)
        if old_size <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    if not whole:
        path.append((start, end))
    return tuple(reversed(path))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Prove that the leaf hash at ``index`` is in the tree over ``leaves``.

    Returns:
        Hashes from the leaf's sibling upwards (RFC 9162, section 2.1.3.1).

    Raises:
        IndexError: there is no such leaf.
    """
    return tuple(root(leaves[start:end]) for start, end in inclusion_ranges(index, len(leaves)))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Check an inclusion proof (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = node_hash(sibling, computed)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and computed == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Prove that the tree over the first ``old_size`` leaves is the beginning of this one.

    Returns:
        The nodes of RFC 9162, section 2.1.4.1; none where the sizes are equal.

    Raises:
        IndexError: ``old_size`` is 0 or beyond the leaves.
    """
    return tuple(root(leaves[a:b]) for a, b in consistency_ranges(old_size, len(leaves)))


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Check a consistency proof (RFC 9162, section 2.1.4.2)."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    nodes = list(proof)
    if old_size & (old_size - 1) == 0:
        # The old tree is a perfect subtree of the new one, so the proof leaves its root out.
        nodes.insert(0, old_root)
    if not nodes:
        return False
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, node)
        position >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
