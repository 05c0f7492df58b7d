//! The client against a scripted Google, on good days and bad.
mod calendars;
mod channels;
mod events;
mod faults;
mod google;
mod login;
mod quota;
mod silence;
mod simulated;
