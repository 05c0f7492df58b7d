//! Who is told what: a pure step from what was known and what holds now.

use std::collections::{BTreeMap, BTreeSet};

use advosync_state::NoticeRecord;
use chrono::{DateTime, TimeDelta, Utc};

use super::causes::{Cause, Kind};

/// That a cause began is told at most once in this time.
const ONCE_IN: TimeDelta = TimeDelta::hours(24);
/// More causes of a kind than this, at once, are one notice.
const FOLD_ABOVE: usize = 5;

/// Something that began or is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The cause's id; that of its kind where several are told as one.
    pub(super) cause: String,
    pub(super) kind: Kind,
    /// The ids of all that it tells of.
    pub(super) ids: Vec<String>,
    /// Whether it is over.
    pub(super) over: bool,
    /// Whose calendars are concerned.
    pub(super) whose: BTreeSet<String>,
    /// How many items.
    pub(super) count: usize,
    /// Since when it holds, or held.
    pub(super) since: Option<DateTime<Utc>>,
}

/// What follows from one look.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Turned {
    /// What to tell.
    pub(super) notices: Vec<Change>,
    /// What is known once that was told.
    pub(super) known: BTreeMap<String, NoticeRecord>,
}

impl Turned {
    /// Takes back that `change` was told: it is told by the next look.
    pub(super) fn untell(&mut self, change: &Change, before: &BTreeMap<String, NoticeRecord>) {
        for id in &change.ids {
            let record = match before.get(id) {
                Some(record) => record.clone(),
                None => NoticeRecord { since: change.since, told: false, told_at: None },
            };
            self.known.insert(id.clone(), record);
        }
    }
}

/// What to tell, given what was told before and what holds now.
pub(super) fn step(known: &BTreeMap<String, NoticeRecord>, causes: &BTreeMap<String, Cause>, now: DateTime<Utc>) -> Turned {
    let mut next = BTreeMap::new();
    let mut changes = Vec::new();
    for (id, cause) in causes {
        let before = known.get(id).cloned().unwrap_or(NoticeRecord { since: None, told: false, told_at: None });
        let since = before.since.unwrap_or_else(|| cause.since.unwrap_or(now).min(now));
        let ripe = now - since >= cause.kind.patience();
        let recently = before.told_at.is_some_and(|told_at| now - told_at < ONCE_IN);
        let tells = !before.told && ripe && !recently;
        if tells {
            changes.push(Change {
                cause: id.clone(),
                kind: cause.kind,
                ids: vec![id.clone()],
                over: false,
                whose: cause.whose.clone(),
                count: cause.count,
                since: Some(since),
            });
        }
        let told_at = if tells { Some(now) } else { before.told_at };
        next.insert(id.clone(), NoticeRecord { since: Some(since), told: before.told || tells, told_at });
    }
    for (id, before) in known.iter().filter(|(id, _)| !causes.contains_key(*id)) {
        if before.told
            && let Some(kind) = Kind::of(id)
        {
            let whose = id.split_once(':').map(|(_, whose)| whose.to_owned()).into_iter().collect();
            changes.push(Change {
                cause: id.clone(),
                kind,
                ids: vec![id.clone()],
                over: true,
                whose,
                count: 0,
                since: before.since,
            });
        }
        // Remembered as long as it may not be told anew.
        if before.told_at.is_some_and(|told_at| now - told_at < ONCE_IN) {
            next.insert(id.clone(), NoticeRecord { since: None, told: false, told_at: before.told_at });
        }
    }
    Turned { notices: fold(changes), known: next }
}

/// Tells many changes of one kind as one.
fn fold(changes: Vec<Change>) -> Vec<Change> {
    let mut groups: BTreeMap<(Kind, bool), Vec<Change>> = BTreeMap::new();
    for change in changes {
        groups.entry((change.kind, change.over)).or_default().push(change);
    }
    let mut out = Vec::new();
    for ((kind, over), group) in groups {
        if group.len() <= FOLD_ABOVE {
            out.extend(group);
            continue;
        }
        out.push(Change {
            cause: kind.word().to_owned(),
            kind,
            ids: group.iter().flat_map(|change| change.ids.clone()).collect(),
            over,
            whose: group.iter().flat_map(|change| change.whose.clone()).collect(),
            count: group.iter().map(|change| change.count).sum(),
            since: group.iter().filter_map(|change| change.since).min(),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn cause(kind: Kind, whose: &str) -> (String, Cause) {
        let cause = Cause { kind, whose: [whose.to_owned()].into(), count: 3, since: None };
        (format!("{}:{whose}", kind.word()), cause)
    }

    /// What is told at each of these looks.
    fn told(looks: &[(i64, &[(String, Cause)])]) -> Vec<Vec<(String, bool)>> {
        let mut known = BTreeMap::new();
        let mut all = Vec::new();
        for (minutes, causes) in looks {
            let turned = step(&known, &causes.iter().cloned().collect(), at(*minutes));
            known = turned.known;
            all.push(turned.notices.into_iter().map(|change| (change.cause, change.over)).collect());
        }
        all
    }

    #[test]
    fn a_cause_is_told_when_it_begins_and_when_it_is_over_and_not_in_between() {
        let held = [cause(Kind::Held, "PB")];
        let id = || "held:PB".to_owned();
        let told = told(&[(0, &held), (1, &held), (600, &held), (4_000, &held), (4_001, &[]), (4_002, &[])]);
        assert_eq!(told, [vec![(id(), false)], vec![], vec![], vec![], vec![(id(), true)], vec![]]);
    }

    #[test]
    fn the_same_cause_is_told_at_most_once_a_day() {
        let held = [cause(Kind::Held, "PB")];
        let id = || "held:PB".to_owned();
        let told = told(&[(0, &held), (10, &[]), (20, &held), (30, &[]), (40, &held), (1_440, &held), (1_450, &[])]);
        assert_eq!(
            told,
            [vec![(id(), false)], vec![(id(), true)], vec![], vec![], vec![], vec![(id(), false)], vec![(id(), true)]]
        );
    }

    #[test]
    fn what_could_not_be_told_is_told_by_the_next_look() {
        let causes: BTreeMap<_, _> = [cause(Kind::Held, "PB"), cause(Kind::Held, "AI")].into();
        let mut turned = step(&BTreeMap::new(), &causes, at(0));
        turned.untell(&turned.notices[1].clone(), &BTreeMap::new());
        let again = step(&turned.known, &causes, at(1));
        assert_eq!(again.notices.iter().map(|change| change.cause.as_str()).collect::<Vec<_>>(), ["held:PB"]);
        let mut over = step(&again.known, &BTreeMap::new(), at(2));
        over.untell(&over.notices[0].clone(), &again.known);
        assert_eq!(step(&over.known, &BTreeMap::new(), at(3)).notices.len(), 1);
    }

    #[test]
    fn what_passes_by_itself_is_no_news() {
        let away = [cause(Kind::AwayAdvoware, "PB")];
        let id = || "away-advoware:PB".to_owned();
        let told = told(&[(0, &away), (4, &away), (4, &[]), (5, &[]), (10, &away), (14, &away), (15, &away)]);
        assert_eq!(told, [vec![], vec![], vec![], vec![], vec![], vec![], vec![(id(), false)]]);
    }

    #[test]
    fn many_of_a_kind_are_one_notice_and_each_is_over_on_its_own() {
        let many: Vec<_> = (0..6).map(|number| cause(Kind::Held, &format!("K{number}"))).collect();
        let one_less = &many[1..];
        let told = told(&[(0, &many), (1, one_less), (2, &[])]);
        assert_eq!(told[0], [("held".to_owned(), false)]);
        assert_eq!(told[1], [("held:K0".to_owned(), true)]);
        assert_eq!(told[2].len(), 5);
    }
}
