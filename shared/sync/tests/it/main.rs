//! The engine against an in-memory world that crashes, loses answers and is edited by people meanwhile.
mod checker;
mod exhaustive;
mod mutation;
mod people;
mod ports;
mod random;
mod rules_form;
mod rules_identity;
mod scene;
mod series_rfc;
mod world;
