//! Google's border: an event as it comes over the wire, and how it is written back.

mod overlay;
mod rule;
mod series;
mod wire;

pub use overlay::{ANONYMOUS, new_event, overlay, shown};
pub use rule::{Zone, read_recurrence, write_recurrence};
pub use series::Series;
pub use wire::{Event, Instance, Kind, read_event, read_raw};
