//! Events: resources, changes, lists and their routes.

mod change;
mod fields;
mod list;
mod query;
mod resource;
mod routes;
mod tokens;

pub(super) use change::Update;
pub(super) use fields::select_fields;
pub(super) use routes::routes;
