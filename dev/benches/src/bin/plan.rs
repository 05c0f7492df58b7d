//! Plans an unchanged employee: the plan alone, and from the wire's bytes to the plan, beside a bare merge join.
//!
//! Prints microseconds of CPU time per appointment, the mean of many rounds on one thread, for three sizes.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use advosync_sync::fingerprint::KeyRing;
use advosync_sync::identity::{Deployment, Scope};
use advosync_sync::mirror::Made;
use advosync_sync::plan::{HeldItem, Policy, Window};
use advosync_sync::ports::{
    Advoware, Conditional, Failure, FailureKind, FrNr, Google, Inserted, Lease, Listing, Lookup, Memory, MirrorStep, Object,
    Side, Store, Write,
};
use advosync_sync::run::{Ports, Task, dry_run, synchronise};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use serde_json::value::RawValue;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const MIN_ROUNDS: u32 = 3;
/// The kernel counts CPU time in ticks of a few milliseconds: so many of them that one doesn't matter.
const ENOUGH: Duration = Duration::from_millis(400);
/// What 10,000 unchanged appointments may take: the plan alone, and from the wire.
const LIMITS_MS: (f64, f64) = (10.0, 100.0);

/// Both sides and Redis in memory, without any waiting.
#[derive(Default)]
struct Stage {
    rows: Vec<u8>,
    /// What was inserted since the last list.
    events: Mutex<Vec<Box<RawValue>>>,
    mirror: Mutex<Option<(Made, BTreeMap<String, String>)>>,
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 4).expect("a day")
}

fn refused<T>() -> Result<T, Failure> {
    Err(Failure::not_done(FailureKind::Refused, "bench: not a part of this"))
}

impl Stage {
    /// `count` appointments over two years, with the texts that a law firm writes.
    fn new(count: usize) -> Self {
        let rows: Vec<_> = (0..count).map(row).collect();
        Self { rows: serde_json::to_vec(&rows).expect("JSON"), ..Self::default() }
    }
}

fn row(number: usize) -> serde_json::Value {
    let day = first_day() + chrono::Duration::days(i64::try_from(number % 700).expect("a day of the window"));
    let hour = 8 + number % 9;
    json!({
        "frNr": 100_000 + number, "text": format!("Besprechung Müller ./. Schmidt {number}"),
        "notiz": "Bitte Vollmacht mitbringen.\r\nAkte liegt im Sekretariat.\r\n", "ort": "Landgericht, Saal 12",
        "datum": format!("{day}T00:00:00"), "uhrzeitVon": format!("{hour:02}:00:00"), "datumBis": format!("{day}T00:00:00"),
        "uhrzeitBis": format!("{hour:02}:45:00"), "uhrzeitBisTicks": 0, "dauertermin": 0, "turnus": 0, "turnusArt": 0,
        "vorbereitungsDauer": "00:00:00", "sb": "PB", "anwalt": "PB", "privat": 0, "nr": number,
        "azRubrum": "Müller ./. Schmidt", "zuletztGeaendertAm": "2026-05-01T10:00:00.123", "status": null,
    })
}

impl Advoware for Stage {
    async fn list(&self, _: &str, _: NaiveDate, _: NaiveDate) -> Result<Vec<Box<RawValue>>, Failure> {
        Ok(serde_json::from_slice(&self.rows).expect("our own rows"))
    }
    async fn get(&self, _: FrNr) -> Result<Lookup, Failure> {
        refused()
    }
    async fn create(&self, _: &Object) -> Result<FrNr, Failure> {
        refused()
    }
    async fn update(&self, _: FrNr, _: &Object) -> Result<(), Failure> {
        refused()
    }
    async fn delete(&self, _: FrNr) -> Result<(), Failure> {
        refused()
    }
}

impl Google for Stage {
    async fn list(&self, _: &str, _: Option<&str>) -> Result<Listing, Failure> {
        let items = std::mem::take(&mut *self.events.lock().expect("a lock"));
        Ok(Listing { items, next_sync_token: Some("token".into()) })
    }
    async fn get(&self, _: &str, _: &str) -> Result<Option<Object>, Failure> {
        Ok(None)
    }
    async fn insert(&self, _: &str, event: &Object) -> Result<Inserted, Failure> {
        let mut event = event.clone();
        event.insert("etag".into(), "\"1\"".into());
        self.events.lock().expect("a lock").push(serde_json::value::to_raw_value(&event).expect("JSON"));
        Ok(Inserted::Created(event))
    }
    async fn update(&self, _: &str, _: &str, _: &str, _: &Object) -> Result<Conditional<Object>, Failure> {
        refused()
    }
    async fn delete(&self, _: &str, _: &str, _: &str) -> Result<Conditional<()>, Failure> {
        refused()
    }
    async fn instances(&self, _: &str, _: &str, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<Vec<Box<RawValue>>, Failure> {
        refused()
    }
}

impl Store for Stage {
    async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        Ok(DateTime::UNIX_EPOCH)
    }
    async fn load(&self) -> Result<Memory, Failure> {
        let mirror = self.mirror.lock().expect("a lock").clone();
        Ok(Memory { mirror: mirror.map(|(made, items)| (made, items.into_iter().collect())), ..Memory::default() })
    }
    async fn save_mirror(&self, made: &Made, step: &MirrorStep) -> Result<(), Failure> {
        let mut mirror = self.mirror.lock().expect("a lock");
        let (_, items) = mirror.get_or_insert_with(|| (made.clone(), BTreeMap::new()));
        items.extend(step.put.iter().cloned());
        Ok(())
    }
    async fn amend_mirror(&self, _: &str, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    async fn note_deletion(&self, _: Side, _: bool, _: Option<FrNr>, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    async fn remember_probes(&self, _: &[FrNr]) -> Result<(), Failure> {
        Ok(())
    }
    async fn set_held(&self, _: &[HeldItem]) -> Result<(), Failure> {
        Ok(())
    }
    async fn begin(&self, _: &Write<'_>) -> Result<String, Failure> {
        Ok(String::new())
    }
    async fn settle(&self, _: &str, _: Option<FrNr>) -> Result<(), Failure> {
        Ok(())
    }
    async fn wake(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
}

impl Lease for Stage {
    fn outlives(&self, _: Duration) -> bool {
        true
    }
    fn should_stop(&self) -> bool {
        false
    }
    async fn wait(&self, _: Duration) {}
}

/// Waits for a future that never has to.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn task() -> Task {
    Task {
        policy: Policy {
            kuerzel: "PB".into(),
            scope: Scope::new(&Deployment("bench".into()), "PB"),
            keys: KeyRing::new([b"bench"]),
            conflict: Side::Advoware,
            keep_changed: true,
            max_deletes: 20,
            anonymise: false,
            claim_patience_ms: 60_000,
        },
        window: Window { first: first_day() - chrono::Duration::days(30), last: first_day() + chrono::Duration::days(730) },
        calendar: "calendar".into(),
        colleagues: BTreeMap::new(),
        advoware_time_out: Duration::from_secs(30),
        google_time_out: Duration::from_secs(20),
    }
}

/// How long this thread has been on a CPU, where the kernel says so: whatever else runs here doesn't count.
fn on_cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The mean CPU time of one round (else the wall time), and whatever the last one made.
fn mean<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let (begun, cpu) = (Instant::now(), on_cpu());
    for rounds in 1.. {
        let made = work();
        let taken = cpu.zip(on_cpu()).map_or_else(|| begun.elapsed(), |(before, after)| after.saturating_sub(before));
        if rounds >= MIN_ROUNDS && taken >= ENOUGH {
            return (taken / rounds, made);
        }
    }
    unreachable!("the time runs out some time")
}

/// A bare merge join of two sorted lists of numbers and fingerprints: what no plan can beat.
fn join(ours: &[(FrNr, u64)], theirs: &[(FrNr, u64)]) -> usize {
    let mut theirs = theirs.iter().peekable();
    let mut equal = 0;
    for (number, print) in ours {
        while theirs.next_if(|(other, _)| other < number).is_some() {}
        equal += usize::from(theirs.next_if(|(other, _)| other == number).is_some_and(|(_, other)| other == print));
    }
    equal
}

fn main() -> anyhow::Result<()> {
    let task = task();
    let mut within = true;
    println!(
        "{:>12}  {:>22}  {:>22}  {:>22}",
        "appointments", "merge join µs/appt", "plan alone µs/appt", "wire to plan µs/appt"
    );
    for size in SIZES {
        let stage = Stage::new(size);
        let ports = Ports { advoware: &stage, google: &stage, store: &stage, lease: &stage };
        // The first run fills the calendar, the second one the mirror.
        for _ in 0..2 {
            ready(synchronise(ports, &task, &()))?;
        }
        let list: Vec<(FrNr, u64)> = (0..i64::try_from(size)?).map(|number| (number, number.cast_unsigned())).collect();
        let (bare, equal) = mean(|| join(std::hint::black_box(&list), std::hint::black_box(&list)));
        anyhow::ensure!(equal == size, "the join found {equal} of {size}");
        let (whole, outcome) = mean(|| ready(dry_run(ports, &task)));
        let (loaded, plan) = outcome?;
        anyhow::ensure!(plan.unchanged == size && plan.operations.is_empty(), "not unchanged: {}", plan.unchanged);
        let (alone, _) = mean(|| loaded.plan(&task));
        let cell = |time: Duration| {
            let total_ms = time.as_secs_f64() * 1e3;
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let each_us = total_ms * 1e3 / size as f64;
            format!("{each_us:.3} ({total_ms:.2} ms)")
        };
        println!("{size:>12}  {:>22}  {:>22}  {:>22}", cell(bare), cell(alone), cell(whole));
        if size == 10_000 {
            within = alone.as_secs_f64() * 1e3 < LIMITS_MS.0 && whole.as_secs_f64() * 1e3 < LIMITS_MS.1;
        }
    }
    let verdict = if within { "within" } else { "NOT within" };
    println!("10,000 unchanged appointments: {verdict} {} ms for the plan and {} ms from the wire", LIMITS_MS.0, LIMITS_MS.1);
    Ok(())
}
