//! A proof opens for its own event, place, tree and root only.

use seals::ledger::{BEGINNING, Hash, chain, proof, root, verify};
use seals::sha256;

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| sha256(&number.to_be_bytes())).collect()
}

/// Proves L1: one consent event can be shown to lie in the sealed ledger.
#[test]
fn l1_every_event_of_every_tree_up_to_40_can_be_proven_and_nothing_else() {
    for count in 1..=40 {
        let leaves = leaves(count);
        let sealed = root(&leaves).unwrap();
        let stranger = sha256(b"stranger");
        for (index, leaf) in leaves.iter().enumerate() {
            let path = proof(&leaves, index).unwrap();
            assert!(verify(leaf, index, count, &path, &sealed));
            assert!(!verify(&stranger, index, count, &path, &sealed));
            assert!(!verify(leaf, index, count, &path, &stranger));
            let longer = [&path[..], &[stranger]].concat();
            assert!(!verify(leaf, index, count, &longer, &sealed));
            for other in (0..count).filter(|&other| other != index) {
                assert!(!verify(leaf, other, count, &path, &sealed), "{index} as {other}");
            }
            for place in 0..path.len() {
                let mut changed = path.clone();
                changed[place][0] ^= 1;
                assert!(!verify(leaf, index, count, &changed, &sealed));
                assert!(!verify(leaf, index, count, &path[..place], &sealed));
            }
        }
        assert_eq!(proof(&leaves, count), None);
        assert!(!verify(&leaves[0], count, count, &[], &sealed));
    }
    assert_eq!(root(&[]), None);
}

/// Proves L1: an event that is changed, added, left out or moved changes the root.
#[test]
fn l1_any_change_of_the_ledger_changes_the_root_and_the_chain() {
    let events = leaves(7);
    let sealed = root(&events).unwrap();
    for place in 0..events.len() {
        let mut changed = events.clone();
        changed[place][31] ^= 1;
        assert_ne!(root(&changed), Some(sealed));
        let mut shorter = events.clone();
        shorter.remove(place);
        assert_ne!(root(&shorter), Some(sealed));
        let mut moved = events.clone();
        moved.swap(place, (place + 1) % events.len());
        assert_ne!(root(&moved), Some(sealed));
    }
    assert_ne!(root(&leaves(8)), Some(sealed));
    let link = chain(&BEGINNING, &sealed);
    assert_ne!(link, chain(&link, &sealed));
    assert_ne!(link, chain(&sealed, &BEGINNING));
}

#[test]
fn a_node_cannot_be_passed_off_as_a_leaf() {
    let two = leaves(2);
    let node = root(&two).unwrap();
    assert_ne!(root(&[node]), Some(node));
    assert_ne!(sha256(&two.concat()), node);
    assert_ne!(root(&[two[0]]), Some(two[0]));
}
