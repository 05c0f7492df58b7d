//! The newest events, in order.

use std::collections::VecDeque;
use std::sync::Arc;

/// As many events as Redis keeps about.
const KEPT: usize = 10_000;

/// An event's place in the feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventId {
    ms: u64,
    seq: u64,
}

impl EventId {
    /// Reads `<ms>-<seq>`.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let (ms, seq) = id.split_once('-')?;
        Some(Self { ms: ms.parse().ok()?, seq: seq.parse().ok()? })
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// An event as it is sent: its place and its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: EventId,
    pub(crate) json: Arc<str>,
}

#[derive(Debug, Default)]
pub(crate) struct Ring {
    entries: VecDeque<Entry>,
    /// What was newest when the feed was first read.
    start: Option<EventId>,
    /// The newest event that had to be forgotten.
    forgotten: Option<EventId>,
}

impl Ring {
    pub(crate) fn begin(&mut self, start: EventId) {
        self.start = Some(start);
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        if self.entries.back().is_some_and(|newest| newest.id >= entry.id) {
            return;
        }
        if self.entries.len() == KEPT {
            self.forgotten = self.entries.pop_front().map(|oldest| oldest.id);
        }
        self.entries.push_back(entry);
    }

    /// At most `limit` events after `id`, in order.
    pub(crate) fn after(&self, id: EventId, limit: usize) -> Vec<Entry> {
        let first = self.entries.partition_point(|entry| entry.id <= id);
        self.entries.range(first..).take(limit).cloned().collect()
    }

    /// Whether events after `id` were forgotten.
    pub(crate) fn misses_after(&self, id: EventId) -> bool {
        self.forgotten.is_some_and(|forgotten| forgotten > id)
    }

    /// The newest event that is known to exist; none until the feed was first read.
    pub(crate) fn newest(&self) -> Option<EventId> {
        self.start.max(self.entries.back().map(|entry| entry.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64) -> EventId {
        EventId { ms, seq: 0 }
    }

    fn filled(count: u64) -> Ring {
        let mut ring = Ring::default();
        (1..=count).for_each(|ms| ring.push(Entry { id: id(ms), json: "{}".into() }));
        ring
    }

    #[test]
    fn a_listener_goes_on_after_its_last_event() {
        let ring = filled(5);
        let ids = |after, limit| ring.after(id(after), limit).iter().map(|entry| entry.id.ms).collect::<Vec<_>>();
        assert_eq!(ids(2, 2), [3, 4]);
        assert_eq!(ids(5, 2), [0; 0]);
        assert_eq!(ids(0, 9), [1, 2, 3, 4, 5]);
        assert!(!ring.misses_after(id(0)));
    }

    #[test]
    fn the_oldest_are_forgotten_and_that_is_known() {
        let ring = filled(KEPT as u64 + 3);
        assert_eq!(ring.after(id(0), 1)[0].id, id(4));
        assert!(ring.misses_after(id(2)));
        assert!(!ring.misses_after(id(3)));
    }

    #[test]
    fn an_event_that_comes_twice_is_kept_once() {
        let mut ring = filled(2);
        ring.push(Entry { id: id(2), json: "{}".into() });
        assert_eq!(ring.after(id(0), 9).len(), 2);
    }

    #[test]
    fn ids_are_ordered_by_number() {
        let parse = |text| EventId::parse(text).unwrap();
        assert!(parse("9-0") < parse("10-0"));
        assert!(parse("10-2") < parse("10-10"));
        assert!(["", "x", "1", "1-x", "-"].iter().all(|wrong| EventId::parse(wrong).is_none()));
    }
}
