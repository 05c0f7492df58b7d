use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a simulated server has been asked since its start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests by method and path template, such as `GET /calendars/{calendarId}/events`.
    pub requests: BTreeMap<String, u64>,
    /// Answers by status code; dropped connections are under 0.
    pub statuses: BTreeMap<u16, u64>,
    /// Writes that changed something, by operation, such as `events.insert`.
    pub writes: BTreeMap<String, u64>,
    /// Faults injected, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Access tokens handed out.
    pub tokens_issued: u64,
    /// Requests for a token, refused ones included.
    pub token_requests: u64,
    /// Requests that a quota refused.
    pub quota_refusals: u64,
    /// Notices about sharing that would have been mailed.
    pub sharing_mails: u64,
    /// Push notifications that the receiver accepted.
    pub pushes_sent: u64,
    /// Push notifications lost on purpose.
    pub pushes_lost: u64,
    /// The most requests that were in work at the same time.
    pub in_flight_peak: u64,
}

impl Counters {
    /// Every write that changed something.
    pub fn total_writes(&self) -> u64 {
        self.writes.values().sum()
    }

    /// Every request.
    pub fn total_requests(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Requests whose `METHOD /template` contains the given text.
    pub fn requests_like(&self, part: &str) -> u64 {
        self.requests.iter().filter(|(template, _)| template.contains(part)).map(|(_, count)| count).sum()
    }
}
