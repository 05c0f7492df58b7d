//! Advoware's border: a Termin as it comes over the wire, and how it is written back.
//!
//! German field names live here and nowhere else. Names are read in any letter case and written in
//! camelCase; numbers may be strings and strings numbers; what is not understood stays as it was.

mod moment;
mod overlay;
mod wire;

pub use overlay::{ended, new_termin, overlay, single_of, with_owner};
pub use wire::{Termin, read_object, read_row};

/// The day from which on Advoware's `datumBis` means *endless*.
pub(crate) const ENDLESS_YEAR: i32 = 2037;
