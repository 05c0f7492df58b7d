//! The simulators over HTTP, as their clients meet them.

mod advoware_api;
mod advoware_forms;
mod advoware_gateway;
mod control;
mod faults;
mod firm;
mod google_calendars;
mod google_events;
mod google_lists;
mod google_push;
mod google_series;
mod google_tokens;
mod program;
mod support;
