"""The Merkle tree against its recursive definition and the published RFC 6962 vectors."""

from __future__ import annotations

import hashlib

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
