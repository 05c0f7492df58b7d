//! Pages of short lists: calendars and access rules.

use serde::Deserialize;
use serde_json::Value;

/// Which page was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageQuery {
    max_results: Option<usize>,
    page_token: Option<String>,
}

const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 250;

impl PageQuery {
    /// Puts one page of what is sorted by id into an answer, and the token of the next page or,
    /// on the last one, the sync token.
    pub(super) fn fill<'a, T>(
        &self,
        answer: &mut Value,
        sorted: impl Iterator<Item = (&'a str, T)>,
        show: impl Fn(T) -> Value,
        cap: usize,
        sync_token: String,
    ) {
        let size = self.max_results.unwrap_or(USUAL_PAGE).clamp(1, cap.clamp(1, LARGEST_PAGE));
        let mut rest = sorted.skip_while(|(id, _)| self.page_token.as_ref().is_some_and(|after| *id <= after.as_str()));
        let mut last = "";
        let mut items = Vec::new();
        for (id, item) in rest.by_ref().take(size) {
            last = id;
            items.push(show(item));
        }
        answer["items"] = Value::Array(items);
        if rest.next().is_some() {
            answer["nextPageToken"] = Value::from(last);
        } else {
            answer["nextSyncToken"] = Value::from(sync_token);
        }
    }
}
