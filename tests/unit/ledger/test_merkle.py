"""The Merkle tree against its recursive definition and the published RFC 6962 vectors."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance_gen.ledger import merkle

LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(40)]

# Inputs and roots of the test tree that Certificate Transparency implementations share.
CT_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


# Inclusion (leaf, size) and consistency (old, new) proofs that the Certificate Transparency
# reference tests publish for that tree.
CT_PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def defined(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 9162, section 2.1.1, defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return merkle.node_hash(defined(leaves[:half]), defined(leaves[half:]))


def test_published_vectors() -> None:
    """The shared Certificate Transparency tree has its published roots."""
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in CT_INPUTS]
    for size, expected in enumerate(CT_ROOTS, 1):
        assert expected == merkle.root(leaves[:size]).hex()


def test_published_proofs() -> None:
    """Its published proofs are those that are made here."""
    leaves = [merkle.leaf_hash(bytes.fromhex(data)) for data in CT_INPUTS]
    for (index, size), path in CT_PATHS.items():
        assert [h.hex() for h in merkle.inclusion_proof(leaves[:size], index)] == path
    for (old, new), path in CT_CONSISTENCY.items():
        assert [h.hex() for h in merkle.consistency_proof(leaves[:new], old)] == path


def test_every_small_inclusion() -> None:
    """Each proof of each small tree holds for its own leaf and place, and for no other."""
    for size in range(34):
        root = merkle.root(LEAVES[:size])
        assert root == defined(LEAVES[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(LEAVES[:size], index)
            accepted = [
                place
                for place in range(size + 1)
                if merkle.verify_inclusion(LEAVES[index], place, size, proof, root)
            ]
            assert accepted == [index]
            assert not merkle.verify_inclusion(LEAVES[39], index, size, proof, root)


def test_every_small_consistency() -> None:
    """Each pair of small trees is proved, and no shortened or lengthened proof is accepted."""
    for size in range(1, 34):
        new = merkle.root(LEAVES[:size])
        for old_size in range(1, size + 1):
            old = merkle.root(LEAVES[:old_size])
            proof = merkle.consistency_proof(LEAVES[:size], old_size)
            assert merkle.verify_consistency(old_size, size, old, new, proof)
            assert not merkle.verify_consistency(old_size, size, old, new, (*proof, new))
            assert not merkle.verify_consistency(old_size, size, LEAVES[39], new, proof)
            if proof:
                assert not merkle.verify_consistency(old_size, size, old, new, proof[1:])


@given(st.integers(1, 3000), st.data())
def test_large_trees(size: int, data: st.DataObject) -> None:
    """Proofs of large trees hold, and fail with one bit changed."""
    leaves = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    root = merkle.root(leaves)
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = bytearray(proof[place])
        changed[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
        mutated = (*proof[:place], bytes(changed), *proof[place + 1 :])
        assert not merkle.verify_inclusion(leaves[index], index, size, mutated, root)


@given(st.integers(1, 3000), st.data())
def test_large_consistency(size: int, data: st.DataObject) -> None:
    """Consistency proofs of large trees hold, and fail with one bit of one hash changed."""
    leaves = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    old_size = data.draw(st.integers(1, size))
    old, new = merkle.root(leaves[:old_size]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, old_size)
    assert merkle.verify_consistency(old_size, size, old, new, proof)
    given_ = [old, new, *proof]
    place = data.draw(st.integers(0, len(given_) - 1))
    given_[place] = flipped(given_[place], data.draw(st.integers(0, 255)))
    assert not merkle.verify_consistency(old_size, size, given_[0], given_[1], given_[2:])


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=12), st.data())
def test_hostile_proofs(nodes: list[bytes], data: st.DataObject) -> None:
    """Invented hashes prove nothing, whatever sizes they are given for, and raise nothing."""
    sizes = st.integers(-1, 2**64)
    first, second, leaf = data.draw(sizes), data.draw(sizes), merkle.leaf_hash(b"x")
    invented = merkle.leaf_hash(b"y")
    assert not merkle.verify_inclusion(leaf, first, second, nodes, invented)
    if first != second:
        assert not merkle.verify_consistency(first, second, leaf, invented, nodes)


@given(st.integers(0, 600), st.integers(0, 600))
def test_growing_from_anywhere(size: int, more: int) -> None:
    """A tree that goes on from a frontier is the tree over all leaves, with the same nodes."""
    leaves = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(size + more)]
    whole = merkle.Growing()
    for leaf in leaves:
        whole.append(leaf)
    resumed = merkle.Growing(size, merkle.frontier_of(leaves[:size]))
    for leaf in leaves[size:]:
        resumed.append(leaf)
    assert (resumed.size, resumed.frontier) == (whole.size, whole.frontier)
    assert whole.root == merkle.root(leaves)
    for height, place, node in whole.completed:
        assert node == merkle.root(leaves[place << height : (place + 1) << height])
    kept = len(whole.completed) - len(resumed.completed)
    assert resumed.completed == whole.completed[kept:]


@pytest.mark.parametrize("size", [1, 2, 7, 16, 33, 100])
def test_another_implementation(size: int) -> None:
    """pymerkle, which is independent of us, gives the same roots and proofs."""
    pymerkle = pytest.importorskip("pymerkle", reason="NOT CHECKED: pymerkle is not installed")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    entries = [f"event {n}".encode() for n in range(size)]
    for entry in entries:
        tree.append_entry(entry)
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    assert tree.get_root() == merkle.root(leaves)
    for old_size in range(1, size + 1):
        assert tree.get_root(old_size) == merkle.root(leaves[:old_size])
    for place in range(size):
        path = tree.prove_inclusion(place + 1, size).serialize()["path"]
        assert path == [h.hex() for h in (leaves[place], *merkle.inclusion_proof(leaves, place))]


def flipped(data: bytes, bit: int) -> bytes:
    """Change one bit."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
