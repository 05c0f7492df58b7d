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

    /// What this mistake does to people's appointments, in the checker's words.
    fn harm(self) -> &'static str {
        match self {
            // Made twice.
            Self::SkipClaim => "2 in Advoware, 2 in Google",
            // The base says that both sides agree, and they don't.
            Self::BaseFirst => "the edit was lost",
            // What has only moved away is taken for deleted, and made anew by its change.
            Self::NoLookup => "2 in Advoware, 2 in Google",
            // What we removed ourselves is deleted on the other side as well.
            Self::OwnTombstone => "0 in Advoware, 0 in Google",
            // A change that was listed to a worker that died is never seen.
            Self::TokenFirst => "0 in Advoware, 1 in Google",
        }
    }
}

#[test]
fn every_planted_bug_is_found() {
    for mutation in Mutation::ALL {
        let harms =
            |seed: &u64| crate::random::history(*seed, Some(mutation)).is_err_and(|fault| fault.contains(mutation.harm()));
        let seed = (0..40_000).find(harms);
        let Some(seed) = seed else { panic!("{mutation:?} was not found") };
        println!("{mutation:?}: found by seed {seed}");
        assert_eq!(crate::random::history(seed, None), Ok(()), "{mutation:?}: seed {seed} fails without it");
    }
}
