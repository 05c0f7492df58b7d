//! Bugs planted by hand: each must be found by the checker.

/// A mistake that an implementation of this kind could make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// An event born in Google is created in Advoware without being claimed first.
    SkipClaim,
    /// The base is written before the remote side has the change.
    BaseFirst,
    /// What is not listed counts as gone, without a look-up.
    NoLookup,
    /// A tombstone of our own counts as a person's deletion.
    OwnTombstone,
    /// The sync token is stored before the mirror.
    TokenFirst,
}

impl Mutation {
    pub(crate) const ALL: [Self; 5] = [Self::SkipClaim, Self::BaseFirst, Self::NoLookup, Self::OwnTombstone, Self::TokenFirst];
}

#[test]
fn every_planted_bug_is_found() {
    for mutation in Mutation::ALL {
        let mut shown = 0;
        for seed in 0..40_000 {
            let Err(fault) = crate::random::history(seed, Some(mutation)) else { continue };
            println!("{mutation:?}: seed {seed}: {}", fault.split(';').next().unwrap());
            shown += 1;
            if shown == 8 {
                break;
            }
        }
    }
}
