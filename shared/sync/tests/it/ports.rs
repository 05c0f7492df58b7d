//! The engine's ports on the in-memory world. Each remote call stops before and after it is done.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use advosync_sync::mirror::Made;
use advosync_sync::plan::HeldItem;
use advosync_sync::ports::*;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use serde_json::value::RawValue;

use crate::checker::ADVOWARE_TIME_OUT_MS;
use crate::mutation::Mutation;
use crate::world::{Call, Fate, Journalled, Rng, Shared, World};

/// One point at which a worker can be stopped: pending once.
pub(crate) struct Stop(bool);

impl Future for Stop {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub(crate) fn stop() -> Stop {
    Stop(false)
}

/// One worker's adapters.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(crate) world: Shared,
    pub(crate) kuerzel: String,
    pub(crate) token: u64,
}

fn broken(certainty: Certainty) -> Failure {
    Failure { kind: FailureKind::Unavailable, certainty, retry_after: None, code: "injected".into() }
}

impl Worker {
    /// Does `work` between two stops, unless its fate is to fail.
    async fn remote<T>(&self, work: impl FnOnce(&mut World) -> T + Send) -> Result<T, Failure> {
        let sent_at = self.world.lock().now_ms;
        stop().await;
        if self.world.lock().now_ms - sent_at > ADVOWARE_TIME_OUT_MS {
            // The request's own time-out: it never left.
            return Err(broken(Certainty::NotDone));
        }
        let fate = self.world.lock().faults.draw();
        if fate == Fate::FailsBefore {
            return Err(broken(Certainty::NotDone));
        }
        let done = work(&mut self.world.lock());
        stop().await;
        if fate == Fate::AnswerLost { Err(broken(Certainty::Unknown)) } else { Ok(done) }
    }

    /// A step in Redis, refused where the fencing token is stale.
    async fn fenced<T>(&self, work: impl FnOnce(&mut World) -> T + Send) -> Result<T, Failure> {
        stop().await;
        let mut world = self.world.lock();
        if world.leases.get(&self.kuerzel) != Some(&self.token) {
            return Err(Failure::not_done(FailureKind::LeaseLost, "stale"));
        }
        Ok(work(&mut world))
    }

    /// Refuses what this side does not take.
    fn check(&self, side: Side, title: Option<&serde_json::Value>) -> Result<(), Failure> {
        let refused = self.world.lock().refused;
        let is_refused = refused.is_some_and(|(by, refused)| by == side && title.is_some_and(|title| title == refused));
        if is_refused { Err(Failure::not_done(FailureKind::Refused, "400")) } else { Ok(()) }
    }

    fn mutated(&self, mutation: Mutation) -> bool {
        self.world.lock().mutation == Some(mutation)
    }
}

fn raw(object: &Object) -> Box<RawValue> {
    serde_json::value::to_raw_value(object).unwrap()
}

/// The items in the order of a seed.
fn shuffled<T>(seed: Option<u64>, mut items: Vec<T>) -> Vec<T> {
    if let Some(seed) = seed {
        Rng(seed).shuffle(&mut items);
    }
    items
}

fn member<'a>(termin: &'a Object, name: &str) -> Option<&'a str> {
    termin.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str())
}

/// Advoware lists by `anwalt` and days; what has no readable day is listed always.
fn is_listed(termin: &Object, kuerzel: &str, from: NaiveDate, to: NaiveDate) -> bool {
    let day = |name| member(termin, name).and_then(|text| text.get(..10)).and_then(|day| day.parse::<NaiveDate>().ok());
    let first = day("datum");
    let last = day("datumBis").filter(|last| *last > NaiveDate::MIN && Some(*last) >= first).or(first);
    member(termin, "anwalt") == Some(kuerzel) && first.is_none_or(|first| first <= to) && last.is_none_or(|last| last >= from)
}

fn without(termin: &Object, names: &[&str]) -> Object {
    termin.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Advoware for Worker {
    async fn list(&self, kuerzel: &str, from: NaiveDate, to: NaiveDate) -> Result<Vec<Box<RawValue>>, Failure> {
        self.remote(|world| {
            world.catch_up();
            let listed = world.termine.iter().filter(|(_, termin)| is_listed(termin, kuerzel, from, to));
            let (numbers, mut rows): (BTreeSet<_>, Vec<_>) =
                listed.map(|(frnr, termin)| (*frnr, raw(&without(termin, &world.list_lacks)))).unzip();
            rows.extend(world.garbage.iter().map(|row| RawValue::from_string((*row).to_owned()).unwrap()));
            world.listed = numbers;
            shuffled(world.shuffle, rows)
        })
        .await
    }

    async fn get(&self, frnr: FrNr) -> Result<Lookup, Failure> {
        self.world.lock().interrupt(Call::Get);
        if self.world.lock().broken_lookups.contains(&frnr) {
            return Err(broken(Certainty::NotDone));
        }
        self.remote(|world| {
            let hidden = world.mutation == Some(Mutation::NoLookup) && !world.listed.contains(&frnr);
            if let Some(termin) = world.termine.get(&frnr).cloned() {
                world.last_read.insert((self.token, frnr), termin);
            }
            world.termine.get(&frnr).filter(|_| !hidden).map_or(Lookup::Gone, |termin| Lookup::Found(termin.clone()))
        })
        .await
    }

    async fn create(&self, termin: &Object) -> Result<FrNr, Failure> {
        crate::random::trace(|| format!("{} POST", self.kuerzel));
        self.check(Side::Advoware, termin.get("text"))?;
        self.world.lock().interrupt(Call::Create);
        let (lost, slow) = {
            let mut world = self.world.lock();
            let lost = world.lost_creations;
            world.lost_creations -= lost.signum();
            (lost, world.slow_creations.take())
        };
        if let Some(delay) = slow {
            let mut world = self.world.lock();
            let due = world.now_ms + delay;
            world.late.push((due, termin.clone()));
        }
        if slow.is_some() || lost < 0 {
            return Err(broken(Certainty::Unknown));
        }
        let frnr = self
            .remote(|world| {
                world.writes += 1;
                world.create(termin.clone())
            })
            .await?;
        if lost > 0 { Err(broken(Certainty::Unknown)) } else { Ok(frnr) }
    }

    async fn update(&self, frnr: FrNr, termin: &Object) -> Result<(), Failure> {
        crate::random::trace(|| format!("{} PUT {frnr}", self.kuerzel));
        self.remote(|world| {
            world.writes += 1;
            if let Some(standing) =
                world.termine.get(&frnr).filter(|standing| world.last_read.get(&(self.token, frnr)) != Some(standing))
            {
                let text = standing["text"].as_str().unwrap_or_default().to_owned();
                world.overwritten.insert(text);
            }
            if world.mutation == Some(Mutation::BaseFirst) {
                world.deferred = Some((frnr, termin.clone()));
            } else if world.termine.contains_key(&frnr) {
                world.termine.insert(frnr, termin.clone());
            }
        })
        .await
    }

    async fn delete(&self, frnr: FrNr) -> Result<(), Failure> {
        crate::random::trace(|| format!("{} DELETE {frnr}", self.kuerzel));
        self.remote(|world| {
            world.writes += 1;
            if let Some(standing) =
                world.termine.get(&frnr).filter(|standing| world.last_read.get(&(self.token, frnr)) != Some(standing))
            {
                let text = standing["text"].as_str().unwrap_or_default().to_owned();
                world.overwritten.insert(text);
            }
            world.termine.remove(&frnr);
        })
        .await
    }
}

fn shown(world: &World, mut event: Object) -> Object {
    if world.mutation == Some(Mutation::OwnTombstone)
        && let Some(marks) =
            event.get_mut("extendedProperties").and_then(|e| e.get_mut("private")).and_then(|p| p.as_object_mut())
    {
        marks.remove("advosyncGone");
    }
    event
}

impl Google for Worker {
    async fn list(&self, calendar: &str, token: Option<&str>) -> Result<Listing, Failure> {
        let since = token.map_or(0, |token| token.parse::<u64>().unwrap());
        if token.is_some() && since < self.world.lock().oldest_token {
            return Err(Failure::not_done(FailureKind::TokenExpired, "410"));
        }
        self.remote(|world| {
            let is_listed = |id: &str, revision: u64| revision > since && !world.hidden.contains(id);
            let events = world.calendars[calendar].events.iter().filter(|(id, (_, revision))| is_listed(id, *revision));
            let items = events.map(|(_, (event, _))| {
                if world.bare_tombstones && event["status"] == "cancelled" {
                    return raw(&crate::series_world::bare(event));
                }
                raw(&shown(world, event.clone()))
            });
            let items = shuffled(world.shuffle, items.collect());
            Listing { items, next_sync_token: Some(world.revision.to_string()) }
        })
        .await
    }

    async fn get(&self, calendar: &str, id: &str) -> Result<Option<Object>, Failure> {
        self.remote(|world| {
            world.looks += 1;
            world.standing(calendar, id).map(|event| shown(world, event))
        })
        .await
    }

    async fn insert(&self, calendar: &str, event: &Object) -> Result<Inserted, Failure> {
        let id = event["id"].as_str().unwrap().to_owned();
        crate::random::trace(|| format!("{} insert {id}", self.kuerzel));
        self.remote(|world| {
            if world.calendars[calendar].events.contains_key(&id) {
                return Inserted::Taken;
            }
            world.writes += 1;
            Inserted::Created(world.put_written(calendar, &id, event.clone()))
        })
        .await
    }

    async fn update(&self, calendar: &str, id: &str, etag: &str, event: &Object) -> Result<Conditional<Object>, Failure> {
        crate::random::trace(|| {
            format!(
                "{} update {id} {etag} {}",
                self.kuerzel,
                event.get("extendedProperties").map(ToString::to_string).unwrap_or_default()
            )
        });
        self.check(Side::Google, event.get("summary"))?;
        self.world.lock().interrupt(Call::Update);
        self.remote(|world| {
            let Some(standing) = world.standing(calendar, id) else { return Conditional::Missing };
            if standing["status"] == "cancelled" {
                return Conditional::Missing;
            }
            if standing["etag"] != etag {
                return Conditional::Changed;
            }
            let claims = event.get("extendedProperties").is_some_and(|e| e["private"].get("advosyncClaim").is_some());
            if world.mutation == Some(Mutation::SkipClaim) && claims {
                return Conditional::Done(standing);
            }
            world.writes += 1;
            let event = world.put_written(calendar, id, event.clone());
            world.prune(calendar, id);
            if let Some((frnr, termin)) = world.deferred.take() {
                world.termine.entry(frnr).and_modify(|standing| *standing = termin);
            }
            Conditional::Done(event)
        })
        .await
    }

    async fn delete(&self, calendar: &str, id: &str, etag: &str) -> Result<Conditional<()>, Failure> {
        crate::random::trace(|| format!("{} delete {id} {etag}", self.kuerzel));
        self.remote(|world| {
            let Some(standing) = world.standing(calendar, id) else { return Conditional::Missing };
            if standing["status"] == "cancelled" {
                return Conditional::Missing;
            }
            if standing["etag"] != etag {
                return Conditional::Changed;
            }
            world.writes += 1;
            world.bury(calendar, id);
            Conditional::Done(())
        })
        .await
    }

    async fn instances(&self, _: &str, _: &str, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<Vec<Box<RawValue>>, Failure> {
        Ok(Vec::new())
    }
}

impl Store for Worker {
    async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        Ok(Utc.timestamp_millis_opt(self.world.lock().now_ms).unwrap())
    }

    async fn load(&self) -> Result<Memory, Failure> {
        stop().await;
        let world = self.world.lock();
        let kept = &world.redis[&self.kuerzel];
        let recent = |side| kept.deletions.iter().filter(|(s, at)| *s == side && *at > world.now_ms - 86_400_000).count();
        Ok(Memory {
            mirror: kept.made.clone().map(|made| (made, kept.items.clone().into_iter().collect())),
            probes: world.probes.clone(),
            recent_deletions: (recent(Side::Advoware), recent(Side::Google)),
            buried: kept.buried.clone(),
            released: kept.released.clone(),
        })
    }

    async fn save_mirror(&self, made: &Made, step: &MirrorStep) -> Result<(), Failure> {
        if self.mutated(Mutation::TokenFirst) {
            self.fenced(|world| world.redis.get_mut(&self.kuerzel).unwrap().made = Some(made.clone())).await?;
        }
        self.fenced(|world| {
            let kept = world.redis.get_mut(&self.kuerzel).unwrap();
            kept.made = Some(made.clone());
            if step.replace {
                kept.items.clear();
            }
            kept.items.extend(step.put.iter().cloned());
            for id in &step.remove {
                kept.items.remove(id);
            }
        })
        .await
    }

    async fn amend_mirror(&self, event_id: &str, item: &str) -> Result<(), Failure> {
        self.fenced(|world| {
            let kept = world.redis.get_mut(&self.kuerzel).unwrap();
            if kept.made.is_some() {
                kept.items.insert(event_id.into(), item.into());
            }
        })
        .await
    }

    async fn note_deletion(&self, side: Side, counts: bool, frnr: Option<FrNr>, event_id: &str) -> Result<(), Failure> {
        self.fenced(|world| {
            let now = world.now_ms;
            let kept = world.redis.get_mut(&self.kuerzel).unwrap();
            if counts {
                kept.deletions.push((side, now));
            }
            kept.buried.extend(frnr.map(|frnr| (event_id.to_owned(), frnr)));
        })
        .await
    }

    async fn remember_probes(&self, numbers: &[FrNr]) -> Result<(), Failure> {
        let numbers = numbers.to_vec();
        self.fenced(|world| {
            world.probes.extend(numbers);
            let over = world.probes.len().saturating_sub(8);
            world.probes.drain(..over);
        })
        .await
    }

    async fn set_held(&self, held: &[HeldItem]) -> Result<(), Failure> {
        let held = held.to_vec();
        self.fenced(|world| world.redis.get_mut(&self.kuerzel).unwrap().held = held).await
    }

    async fn begin(&self, write: &Write<'_>) -> Result<String, Failure> {
        self.fenced(|world| {
            let Some(journal) = &mut world.journal else { return String::new() };
            journal.push(Journalled {
                side: write.side,
                verb: write.verb,
                reason: write.reason,
                frnr: write.frnr,
                event_id: write.event_id.map(str::to_owned),
                fields: write.fields,
                before: write.before.cloned(),
                after: write.after.cloned(),
            });
            (journal.len() - 1).to_string()
        })
        .await
    }

    async fn settle(&self, entry: &str, frnr: Option<FrNr>) -> Result<(), Failure> {
        self.fenced(|world| {
            if let Some(journal) = &mut world.journal {
                let entry = &mut journal[entry.parse::<usize>().unwrap()];
                entry.frnr = frnr.or(entry.frnr);
            }
        })
        .await
    }

    async fn wake(&self, kuerzel: &str) -> Result<(), Failure> {
        stop().await;
        self.world.lock().woken.insert(kuerzel.into());
        Ok(())
    }
}

/// A lease whose own clock has run out, or not.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnClock(pub(crate) std::sync::Arc<std::sync::atomic::AtomicBool>, pub(crate) Shared);

impl Lease for OwnClock {
    fn outlives(&self, _: Duration) -> bool {
        !self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
    fn should_stop(&self) -> bool {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
    async fn wait(&self, duration: Duration) {
        stop().await;
        self.1.lock().now_ms += i64::try_from(duration.as_millis()).unwrap() + 1;
    }
}
