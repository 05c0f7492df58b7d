//! The synchronisation engine: standard form, identity, three-way merge, plan and its execution.
pub mod advoware;
pub mod berlin;
pub mod drift;
pub mod fingerprint;
pub mod form;
pub mod google;
pub mod identity;
pub mod mirror;
pub mod note;
pub mod plan;
pub mod ports;
pub mod run;
pub mod series;
pub mod undo;
