//! Pages of a listing.

use serde::Deserialize;

use crate::problem::Problem;

/// Items on a page where nobody says otherwise.
const LIMIT: usize = 50;
/// Items on a page at most.
const MAX_LIMIT: usize = 200;

/// How many items, where a client says so.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Limit(Option<usize>);

impl Limit {
    /// The number of items on a page.
    pub(crate) fn items(self) -> Result<usize, Problem> {
        match self.0 {
            None => Ok(LIMIT),
            Some(items) if (1..=MAX_LIMIT).contains(&items) => Ok(items),
            Some(_) => Err(Problem::bad_request(format!("`limit` is a number from 1 to {MAX_LIMIT}."))),
        }
    }
}
