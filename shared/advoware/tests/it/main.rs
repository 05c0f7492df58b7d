//! The client against a scripted Advoware, on good days and bad.
mod discovery;
mod employees;
mod faults;
mod login;
mod office;
mod silence;
mod simulated;
mod termine;
