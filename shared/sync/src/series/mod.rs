//! Recurrence beyond what Advoware can hold: a series as single appointments, one for each occurrence.

mod expand;
mod links;
mod rule;

pub use expand::{MAX_OCCURRENCES, Occurrence, name_of, occurrences};
pub use links::{Entries, Entry, pack, unpack};
pub use rule::Uncountable;
