//! One calendar for each employee: found by its mark, made once, shared as configured.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use advosync_google::{CalendarListEntry, Grant, Grantee, Role};
use advosync_queue::LeaseGuard;
use advosync_state::{CalendarRecord, failure};
use advosync_sync::ports::{Failure, FailureKind};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::Fleet;

/// The record that says that the directory holds every calendar of ours. No Kürzel looks like this.
const LISTED: &str = "#listed";
/// Somebody opened the calendar to everybody.
const OPEN: &str = "open-to-everybody";
/// Others may see it than the settings say.
const SHARED: &str = "shared-with-others";
/// It was gone and is a new one.
const ANEW: &str = "made-anew";
/// Reports that the next day's look makes again, where they still hold.
const OF_A_DAY: [&str; 3] = [OPEN, SHARED, ANEW];
/// How long a calendar may take to be made.
const LOCK_LIFE: Duration = Duration::from_secs(60);
/// How soon to look again where somebody else is making it.
const LOCK_PAUSE: Duration = Duration::from_secs(2);

/// What a calendar's description says of whose it is.
#[derive(Debug, PartialEq, Eq)]
struct Mark<'a> {
    deployment: &'a str,
    kuerzel: &'a str,
}

impl<'a> Mark<'a> {
    fn read(description: &'a str) -> Option<Self> {
        let (_, rest) = description.rsplit_once("[advosync deployment=")?;
        let (deployment, rest) = rest.split_once(" kuerzel=")?;
        let (kuerzel, _) = rest.split_once(']')?;
        Some(Self { deployment, kuerzel })
    }

    fn write(&self, before: &str) -> String {
        let text =
            if before.trim().is_empty() { "Termine aus Advoware, in beide Richtungen abgeglichen." } else { before.trim_end() };
        format!("{text}\n[advosync deployment={} kuerzel={}]", self.deployment, self.kuerzel)
    }
}

/// Which of the account's calendars is an employee's.
#[derive(Debug, PartialEq, Eq)]
enum Choice {
    /// It bears our mark.
    Ours { id: String, doubles: usize },
    /// It bears the name and no mark: the predecessor's.
    TakeOver { id: String, description: String },
    /// There is none; whatever else bears the name is reported.
    Make { report: Option<&'static str> },
}

fn choose(calendars: &[CalendarListEntry], deployment: &str, kuerzel: &str, name: &str) -> Choice {
    let usable = |calendar: &&CalendarListEntry| {
        calendar.deleted != Some(true) && calendar.access_role.as_deref().is_none_or(|role| matches!(role, "owner" | "writer"))
    };
    let mark = |calendar: &CalendarListEntry| calendar.description.clone().unwrap_or_default();
    let mut ours: Vec<&str> = calendars
        .iter()
        .filter(usable)
        .filter(|calendar| Mark::read(&mark(calendar)) == Some(Mark { deployment, kuerzel }))
        .filter_map(|calendar| calendar.id.as_deref())
        .collect();
    ours.sort_unstable();
    if let Some(id) = ours.first() {
        return Choice::Ours { id: (*id).to_owned(), doubles: ours.len() - 1 };
    }
    let named = || calendars.iter().filter(usable).filter(|calendar| calendar.summary.as_deref() == Some(name));
    let unmarked: Vec<&CalendarListEntry> = named().filter(|calendar| Mark::read(&mark(calendar)).is_none()).collect();
    match unmarked.as_slice() {
        [one] => match &one.id {
            Some(id) => Choice::TakeOver { id: id.clone(), description: mark(one) },
            None => Choice::Make { report: None },
        },
        [] if named().next().is_some() => Choice::Make { report: Some("another-deployments-calendar") },
        [] => Choice::Make { report: None },
        _ => Choice::Make { report: Some("several-unmarked-calendars") },
    }
}

impl Fleet {
    /// The employee's calendar, found or made, and shared as configured.
    pub(crate) async fn ensure_calendar(&self, kuerzel: &str, lease: &LeaseGuard) -> Result<CalendarRecord, Failure> {
        let record = match self.calendars().get(kuerzel).await.map_err(failure)? {
            Some(record) => record,
            None => self.find_or_make(kuerzel, lease).await?,
        };
        self.ensure_sharing(kuerzel, lease, record).await
    }

    /// The calendar that a first run would use, where there is one.
    pub(crate) async fn find_calendar(&self, kuerzel: &str) -> Result<Option<String>, Failure> {
        let name = self.sync().calendar_name(kuerzel);
        Ok(match choose(&self.google().calendars().await?, &self.sync().deployment, kuerzel, &name) {
            Choice::Ours { id, .. } | Choice::TakeOver { id, .. } => Some(id),
            Choice::Make { .. } => None,
        })
    }

    async fn find_or_make(&self, kuerzel: &str, lease: &LeaseGuard) -> Result<CalendarRecord, Failure> {
        let Some(lock) = self.calendars().try_lock(kuerzel, LOCK_LIFE).await.map_err(failure)? else {
            let mut busy = Failure::not_done(FailureKind::Quota, "calendars.insert: somebody else is making it");
            busy.retry_after = Some(LOCK_PAUSE);
            return Err(busy);
        };
        let made = self.find_or_make_locked(kuerzel, lease).await;
        self.calendars().unlock(lock).await.map_err(failure)?;
        made
    }

    async fn find_or_make_locked(&self, kuerzel: &str, lease: &LeaseGuard) -> Result<CalendarRecord, Failure> {
        let deployment = &self.sync().deployment;
        let name = self.sync().calendar_name(kuerzel);
        let mark = Mark { deployment, kuerzel };
        let calendars = self.google().calendars().await?;
        let mut reports = Vec::new();
        let id = match choose(&calendars, deployment, kuerzel, &name) {
            Choice::Ours { id, doubles } => {
                if doubles > 0 {
                    reports.push("several-calendars-with-our-mark".to_owned());
                }
                id
            }
            Choice::TakeOver { id, description } => {
                self.permit(lease)?;
                self.google().describe_calendar(&id, &mark.write(&description)).await?;
                id
            }
            Choice::Make { report } => {
                reports.extend(report.map(str::to_owned));
                self.permit(lease)?;
                // Without an answer it is not repeated: the next attempt reads the list again.
                let made = self.google().create_calendar(&name, &mark.write("")).await?;
                made.id.ok_or_else(|| Failure::not_done(FailureKind::Unavailable, "calendars.insert: no id"))?
            }
        };
        for report in &reports {
            tracing::warn!(kuerzel, report, "a calendar's name is taken");
        }
        let record = CalendarRecord { id, name, reports, ..CalendarRecord::default() };
        self.calendars().put(Some(lease), kuerzel, &record).await.map_err(failure)?;
        Ok(record)
    }

    fn permit(&self, lease: &LeaseGuard) -> Result<(), Failure> {
        if lease.outlives(self.time_outs().1) { Ok(()) } else { Err(Failure::not_done(FailureKind::LeaseLost, "lease.lost")) }
    }

    /// Shares the calendar with its owner and readers, where that was not seen to today.
    async fn ensure_sharing(&self, kuerzel: &str, lease: &LeaseGuard, record: CalendarRecord) -> Result<CalendarRecord, Failure> {
        let owner = self.owner().map(|owner| Grant { grantee: Grantee::User(owner.to_owned()), role: Role::Owner });
        let readers = self.sync().readers.of(kuerzel).iter();
        let readers = readers.map(|reader| Grant { grantee: Grantee::User(reader.clone()), role: Role::Reader });
        let grants: Vec<Grant> = owner.into_iter().chain(readers).collect();
        let today = crate::employee::berlin_day(self.now().await?);
        let seen_to = HEXLOWER.encode(&Sha256::digest(format!("{today} {grants:?}"))[..8]);
        if record.sharing.as_ref() == Some(&seen_to) {
            return Ok(record);
        }
        self.permit(lease)?;
        let former: BTreeSet<String> = record.granted.iter().cloned().collect();
        let sharing = self.google().share(&record.id, &grants, &former).await?;
        let granted = grants.iter().map(|grant| grant.grantee.digest()).collect();
        let mut record = CalendarRecord { sharing: Some(seen_to), granted, ..record };
        record.reports.retain(|report| !OF_A_DAY.contains(&report.as_str()));
        if sharing.public.is_some() {
            tracing::warn!(kuerzel, "somebody opened the calendar to everybody");
            record.reports.push(OPEN.to_owned());
        }
        if sharing.others > 0 {
            tracing::info!(kuerzel, others = sharing.others, "the calendar is shared with others than the settings say");
            record.reports.push(SHARED.to_owned());
        }
        if sharing.revoked > 0 {
            tracing::info!(kuerzel, revoked = sharing.revoked, "former readers may no longer see the calendar");
        }
        self.calendars().put(Some(lease), kuerzel, &record).await.map_err(failure)?;
        Ok(record)
    }

    /// The calendars of all employees, by Kürzel, `kuerzel` left out. Where Redis has lost the directory, Google's
    /// list fills it: a move to a colleague must never look like a deletion.
    pub(crate) async fn colleagues(
        &self,
        kuerzel: &str,
        lease: Option<&LeaseGuard>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut known = self.calendars().all().await.map_err(failure)?;
        if !known.contains_key(LISTED) {
            for calendar in self.google().calendars().await? {
                let description = calendar.description.unwrap_or_default();
                let Some(mark) = Mark::read(&description) else { continue };
                if mark.deployment != self.sync().deployment || known.contains_key(mark.kuerzel) {
                    continue;
                }
                let (Some(id), name) = (calendar.id, calendar.summary.unwrap_or_default()) else { continue };
                let record = CalendarRecord { id, name, ..CalendarRecord::default() };
                // Whose run it is finds its own under its lock; the others' are only looked at.
                known.insert(mark.kuerzel.to_owned(), record.clone());
                if lease.is_some() && mark.kuerzel != kuerzel {
                    self.calendars().put(lease, mark.kuerzel, &record).await.map_err(failure)?;
                }
            }
            if lease.is_some() {
                self.calendars().put(lease, LISTED, &CalendarRecord::default()).await.map_err(failure)?;
            }
        }
        known.remove(LISTED);
        known.remove(kuerzel);
        Ok(known.into_iter().map(|(kuerzel, record)| (kuerzel, record.id)).collect())
    }

    /// Makes a calendar that is gone anew, and reports it: whoever had subscribed to the old one sees it no more.
    pub(crate) async fn replace_calendar(
        &self,
        kuerzel: &str,
        lease: &LeaseGuard,
        gone: &CalendarRecord,
    ) -> Result<CalendarRecord, Failure> {
        tracing::warn!(kuerzel, "the calendar is gone: it is made anew and filled");
        self.calendars().remove(Some(lease), kuerzel, gone).await.map_err(failure)?;
        let mut record = self.ensure_calendar(kuerzel, lease).await?;
        record.reports.push(ANEW.to_owned());
        self.calendars().put(Some(lease), kuerzel, &record).await.map_err(failure)?;
        Ok(record)
    }

    /// Which calendar is whose, as last seen; for people.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn calendar_directory(&self) -> Result<BTreeMap<String, CalendarRecord>, advosync_queue::link::LinkError> {
        let mut all = self.calendars().all().await?;
        all.remove(LISTED);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(id: &str, name: &str, description: &str) -> CalendarListEntry {
        CalendarListEntry {
            id: Some(id.into()),
            summary: Some(name.into()),
            description: Some(description.into()),
            access_role: Some("owner".into()),
            ..CalendarListEntry::default()
        }
    }

    fn marked(deployment: &str, kuerzel: &str) -> String {
        Mark { deployment, kuerzel }.write("Notiz")
    }

    #[test]
    fn a_mark_reads_back_and_keeps_the_description() {
        let text = marked("d-1", "MÖL");
        assert!(text.starts_with("Notiz\n"));
        assert_eq!(Mark::read(&text), Some(Mark { deployment: "d-1", kuerzel: "MÖL" }));
        assert_eq!(Mark::read("AW-PB"), None);
    }

    #[test]
    fn our_mark_counts_more_than_the_name_and_the_smallest_id_more_than_others() {
        let list = [
            calendar("b", "renamed", &marked("d", "PB")),
            calendar("a", "AW-PB", &marked("d", "PB")),
            calendar("0", "AW-PB", ""),
        ];
        assert_eq!(choose(&list, "d", "PB", "AW-PB"), Choice::Ours { id: "a".into(), doubles: 1 });
    }

    #[test]
    fn one_unmarked_calendar_is_taken_over_and_several_are_not() {
        let one = [calendar("x", "AW-PB", "alt"), calendar("y", "AW-AI", "")];
        assert_eq!(choose(&one, "d", "PB", "AW-PB"), Choice::TakeOver { id: "x".into(), description: "alt".into() });
        let two = [calendar("x", "AW-PB", ""), calendar("y", "AW-PB", "")];
        assert_eq!(choose(&two, "d", "PB", "AW-PB"), Choice::Make { report: Some("several-unmarked-calendars") });
    }

    #[test]
    fn another_deployments_calendar_is_reported_and_never_filled() {
        let list = [calendar("x", "AW-PB", &marked("other", "PB"))];
        assert_eq!(choose(&list, "d", "PB", "AW-PB"), Choice::Make { report: Some("another-deployments-calendar") });
        assert_eq!(choose(&[], "d", "PB", "AW-PB"), Choice::Make { report: None });
    }

    #[test]
    fn a_calendar_that_we_may_only_read_is_not_ours() {
        let shared = CalendarListEntry { access_role: Some("reader".into()), ..calendar("x", "AW-PB", "") };
        assert_eq!(choose(&[shared], "d", "PB", "AW-PB"), Choice::Make { report: None });
    }
}
