//! The words that stand for the engine's values.

use advosync_sync::ports::{Side, Verb};

pub(crate) fn side(side: Side) -> &'static str {
    match side {
        Side::Advoware => "advoware",
        Side::Google => "google",
    }
}

pub(crate) fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
    }
}
