//! One listener.

use futures::Stream;

use super::ring::Entry;
use super::{EventId, Feed};

/// Events handed out before others get their turn.
const BATCH: usize = 64;

/// What a listener gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// An event.
    Event(Entry),
    /// Events before the next one were forgotten: whoever shows a state should read it anew.
    Missed,
}

struct Listener {
    feed: Feed,
    after: Option<EventId>,
}

impl Listener {
    /// The next events; waits until there are any.
    async fn next(&mut self) -> Vec<Item> {
        let mut changes = self.feed.inner.changes.subscribe();
        loop {
            changes.mark_unchanged();
            // Whoever names no event listens from now on, as soon as it is known what is newest.
            self.after = self.after.or_else(|| self.feed.ring().newest());
            if let Some(after) = self.after {
                let items = self.take(after);
                if !items.is_empty() {
                    return items;
                }
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn take(&mut self, after: EventId) -> Vec<Item> {
        let ring = self.feed.ring();
        let missed = ring.misses_after(after).then_some(Item::Missed);
        let entries = ring.after(after, BATCH);
        drop(ring);
        if let Some(last) = entries.last() {
            self.after = Some(last.id);
        }
        if entries.is_empty() {
            return Vec::new();
        }
        missed.into_iter().chain(entries.into_iter().map(Item::Event)).collect()
    }
}

impl Feed {
    /// Everything after the event `after`, or from now on; never ends by itself.
    pub(crate) fn listen(&self, after: Option<EventId>) -> impl Stream<Item = Vec<Item>> + use<> {
        let listener = Listener { feed: self.clone(), after };
        futures::stream::unfold(listener, |mut listener| async move { Some((listener.next().await, listener)) })
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    fn entry(id: &str) -> Entry {
        Entry { id: EventId::parse(id).unwrap(), json: id.into() }
    }

    fn ids(items: &[Item]) -> Vec<String> {
        items.iter().map(|item| if let Item::Event(entry) = item { entry.id.to_string() } else { "missed".into() }).collect()
    }

    fn add(feed: &Feed, ids: &[&str]) {
        feed.change(|ring| ids.iter().for_each(|id| ring.push(entry(id))));
    }

    #[tokio::test]
    async fn a_new_listener_hears_only_what_is_new() {
        let feed = Feed::new();
        let mut early = std::pin::pin!(feed.listen(None));
        assert!(futures::poll!(early.next()).is_pending());
        feed.change(|ring| ring.begin(EventId::parse("2-0").unwrap()));
        assert!(futures::poll!(early.next()).is_pending());
        add(&feed, &["1-0", "2-0"]);
        let mut late = std::pin::pin!(feed.listen(None));
        assert!(futures::poll!(early.next()).is_pending());
        assert!(futures::poll!(late.next()).is_pending());
        add(&feed, &["3-0"]);
        assert_eq!(ids(&early.next().await.unwrap()), ["3-0"]);
        assert_eq!(ids(&late.next().await.unwrap()), ["3-0"]);
    }

    #[tokio::test]
    async fn one_that_was_away_goes_on_where_it_stopped() {
        let feed = Feed::new();
        let mut heard = std::pin::pin!(feed.listen(EventId::parse("1-0")));
        assert!(futures::poll!(heard.next()).is_pending());
        add(&feed, &["1-0", "2-0", "3-0"]);
        assert_eq!(ids(&heard.next().await.unwrap()), ["2-0", "3-0"]);
    }

    #[tokio::test]
    async fn a_slow_listener_is_told_what_it_missed_and_holds_up_nobody() {
        let feed = Feed::new();
        add(&feed, &["1-0"]);
        let mut slow = std::pin::pin!(feed.listen(EventId::parse("1-0")));
        let mut quick = std::pin::pin!(feed.listen(EventId::parse("1-0")));
        assert!(futures::poll!(slow.next()).is_pending());
        for ms in 2..=20_000 {
            let id = format!("{ms}-0");
            add(&feed, &[&id]);
            assert_eq!(ids(&quick.next().await.unwrap()), [id]);
        }
        assert_eq!(ids(&slow.next().await.unwrap())[..2], ["missed".to_owned(), "10001-0".to_owned()]);
    }
}
