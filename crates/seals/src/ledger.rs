//! The seal over the consent ledger: Merkle roots, chained per account.
//!
//! Each minute the new events of an account are sealed: their digests are the leaves of a tree
//! (shaped as in RFC 9162 §2.1), and its root is chained to the one before. A proof shows that one
//! event lies under a root without showing the others. Leaves, nodes and links of the chain are
//! hashed with different first bytes, so that none can be passed off as another.

use crate::digest::sha256_of;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What the first root of an account is chained to.
pub const BEGINNING: Hash = [0; 32];

const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];
const LINK: &[u8] = &[2];

/// The root over `leaves` (digests of events, in the order of the ledger); `None` if there are
/// none: an empty minute is not sealed.
pub fn root(leaves: &[Hash]) -> Option<Hash> {
    (!leaves.is_empty()).then(|| subtree(leaves))
}

/// What proves that the leaf at `index` lies under the root: the hashes of its neighbours, from
/// the leaf upwards. `None` if there is no such leaf.
pub fn proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    (index < leaves.len()).then(|| {
        let mut path = Vec::new();
        collect(leaves, index, &mut path);
        path
    })
}

/// Whether `leaf` is the one at `index` of `count` leaves under `root`.
pub fn verify(leaf: &Hash, index: usize, count: usize, proof: &[Hash], root: &Hash) -> bool {
    index < count && climb(leaf, index, count, proof).as_ref() == Some(root)
}

/// The next link of an account's chain, over the link before it (or [`BEGINNING`]) and a new root.
pub fn chain(previous: &Hash, root: &Hash) -> Hash {
    sha256_of(&[LINK, previous, root])
}

fn subtree(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => sha256_of(&[LEAF, leaf]),
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            sha256_of(&[NODE, &subtree(left), &subtree(right)])
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn left_size(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

fn collect(leaves: &[Hash], index: usize, path: &mut Vec<Hash>) {
    if leaves.len() < 2 {
        return;
    }
    let split = left_size(leaves.len());
    let (left, right) = leaves.split_at(split);
    if index < split {
        collect(left, index, path);
        path.push(subtree(right));
    } else {
        collect(right, index - split, path);
        path.push(subtree(left));
    }
}

/// The root that `leaf` and `proof` give; `None` if the proof has another length than the tree.
fn climb(leaf: &Hash, index: usize, count: usize, proof: &[Hash]) -> Option<Hash> {
    if count < 2 {
        return proof.is_empty().then(|| sha256_of(&[LEAF, leaf]));
    }
    let split = left_size(count);
    let (neighbour, below) = proof.split_last()?;
    if index < split {
        let left = climb(leaf, index, split, below)?;
        Some(sha256_of(&[NODE, &left, neighbour]))
    } else {
        let right = climb(leaf, index - split, count - split, below)?;
        Some(sha256_of(&[NODE, neighbour, &right]))
    }
}
