//! The decision table: one field of a linked pair, three ways.
//!
//! | Advoware | Google | then |
//! |---|---|---|
//! | = base | = base | nothing |
//! | changed | = base | write to Google |
//! | = base | changed | write to Advoware |
//! | changed | changed, equal | refresh the base |
//! | changed | changed, different | conflict, by policy |
//! | base unknown, equal | | refresh the base |
//! | base unknown, different | | conflict, by policy |

use super::{Ours, Policy};
use crate::fingerprint::Base;
use crate::form::{Field, FieldSet};
use crate::mirror::{Pending, SeenForm};
use crate::ports::Side;

/// What has to be written to make a pair equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merge {
    /// Fields to take from Advoware to Google.
    pub to_google: FieldSet,
    /// Fields to take from Google to Advoware.
    pub to_advoware: FieldSet,
    /// Fields that were changed on both sides, differently.
    pub conflicts: FieldSet,
    /// Whether both sides agree on something that the base doesn't know yet.
    pub refresh: bool,
    /// Fields that stay undecided: what the base says of them is kept.
    pub keep: FieldSet,
}

impl Merge {
    /// Whether nothing has to be written.
    pub fn is_nothing(&self) -> bool {
        self.to_google.is_empty() && self.to_advoware.is_empty() && !self.refresh
    }
}

/// What each side changed since the base.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// On Advoware's side.
    pub advoware: FieldSet,
    /// On Google's side.
    pub google: FieldSet,
    /// Whether Google's texts were anonymised then.
    pub anonymised: bool,
}

impl Since {
    /// What changed since `base`; `None` where the base can't be read.
    ///
    /// What a run of ours was about to write to Advoware (`pending`) is no person's change there: it came from
    /// Google, whose word on the field counts, even where that is the base's again.
    pub fn base(
        base: Option<&Base>,
        pending: &[Pending],
        ours: &Ours,
        google_changed: Option<FieldSet>,
        policy: &Policy,
    ) -> Option<Self> {
        let base = base?;
        let mut advoware = ours.changed_since(base, &policy.keys)?;
        let mut google = google_changed?;
        for Pending { fields, target } in pending {
            let others = ours.changed_since(target, &policy.keys).unwrap_or(FieldSet::ALL);
            let own = advoware.common(fields.without(others));
            advoware = advoware.without(own);
            google = google.union(own);
        }
        Some(Self { advoware, google, anonymised: base.anonymised })
    }
}

/// Decides every field of a pair.
pub fn merge(ours: &Ours, theirs: &SeenForm, since: Option<Since>, policy: &Policy) -> Merge {
    let mut out = Merge::default();
    for field in Field::ALL {
        let equal = ours.shown.of(field) == theirs.shown.of(field);
        match decide(field, equal, ours, since, policy) {
            Decision::Nothing => {}
            Decision::Refresh => out.refresh = true,
            Decision::ToGoogle => out.to_google.add(field),
            Decision::ToAdvoware => out.to_advoware.add(field),
            Decision::Conflict(winner) => {
                out.conflicts.add(field);
                match winner {
                    Side::Advoware => out.to_google.add(field),
                    Side::Google => out.to_advoware.add(field),
                }
            }
        }
    }
    out.refresh |= since.is_some_and(|since| since.anonymised != policy.anonymise);
    out
}

enum Decision {
    Nothing,
    Refresh,
    ToGoogle,
    ToAdvoware,
    Conflict(Side),
}

fn decide(field: Field, equal: bool, ours: &Ours, since: Option<Since>, policy: &Policy) -> Decision {
    // Google holds only the beginning: an edit of that is never the truth about the whole.
    let cut = ours.is_cut(field);
    let anonymised = Field::TEXTS.has(field) && (policy.anonymise || since.is_some_and(|since| since.anonymised));
    if anonymised {
        return one_way(field, equal, since, policy);
    }
    let conflict = || Decision::Conflict(if cut { Side::Advoware } else { policy.conflict });
    let Some(since) = since else {
        return if equal { Decision::Refresh } else { conflict() };
    };
    match (since.advoware.has(field), since.google.has(field)) {
        (false, false) => Decision::Nothing,
        (true, _) | (_, true) if equal => Decision::Refresh,
        (true, false) => Decision::ToGoogle,
        (false, true) if cut => conflict(),
        (false, true) => Decision::ToAdvoware,
        (true, true) => conflict(),
    }
}

/// Anonymised texts go to Google only; what stands there says nothing about the appointment.
fn one_way(field: Field, equal: bool, since: Option<Since>, policy: &Policy) -> Decision {
    let agreed = since.filter(|since| since.anonymised == policy.anonymise);
    let untouched = agreed.is_some_and(|since| !since.google.has(field));
    match (equal, untouched) {
        (true, true) if agreed.is_some_and(|since| since.advoware.has(field)) => Decision::Refresh,
        (_, true) => Decision::Nothing,
        (true, false) => Decision::Refresh,
        (false, false) => Decision::ToGoogle,
    }
}
