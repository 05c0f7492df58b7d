//! The journal: found by everything that a person knows, opened by its key only.

use advosync_state::{ContentsError, Filter, Journal, NoWaker, RunStore};
use advosync_sync::form::{Field, FieldSet};
use advosync_sync::plan::Reason;
use advosync_sync::ports::{Object, Side, Store, Verb, Write};

use crate::support::{Bench, journal_keys, who};

pub(crate) fn object(text: &str) -> Object {
    let mut object = Object::new();
    object.insert("text".into(), text.into());
    object.insert("unknown".into(), serde_json::json!([1, null]));
    object
}

pub(crate) fn write<'a>(
    frnr: Option<i64>,
    event_id: &'a str,
    before: Option<&'a Object>,
    after: Option<&'a Object>,
) -> Write<'a> {
    Write {
        side: Side::Advoware,
        verb: Verb::Update,
        frnr,
        event_id: Some(event_id),
        fields: [Field::Text].into_iter().collect(),
        reason: Reason::Changed,
        before,
        after,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_found_by_run_employee_appointment_and_event() {
    let mut bench = Bench::new();
    let (pb, ai) = (bench.lease("PB").await, bench.lease("AI").await);
    let journal = bench.journal();
    let store = |leased: &crate::support::Leased, run: &str| {
        RunStore::new(&bench.state, leased.guard.clone(), who(run), bench.journal(), NoWaker)
    };
    let (before, after) = (object("old"), object("new"));
    let first = store(&pb, "r1").begin(&write(Some(1), "e1", Some(&before), Some(&after))).await.unwrap();
    let made = store(&pb, "r1").begin(&Write { verb: Verb::Create, ..write(None, "e2", None, Some(&after)) }).await.unwrap();
    let other = store(&ai, "r2").begin(&write(Some(1), "e3", Some(&after), Some(&before))).await.unwrap();
    store(&pb, "r1").settle(&first, Some(1)).await.unwrap();
    store(&pb, "r1").settle(&made, Some(2)).await.unwrap();

    let ids = async |filter| {
        let page = journal.page(filter, None, 10).await.unwrap();
        page.entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Filter::All).await, [&*other, &*made, &*first]);
    assert_eq!(ids(Filter::Run("r1")).await, [&*made, &*first]);
    assert_eq!(ids(Filter::Employee("AI")).await, [&*other]);
    assert_eq!(ids(Filter::Appointment(1)).await, [&*other, &*first]);
    assert_eq!(ids(Filter::Appointment(2)).await, [&*made], "found by the number that it made");
    assert_eq!(ids(Filter::Event("e2")).await, [&*made]);
    assert!(ids(Filter::Run("r9")).await.is_empty());

    let entry = journal.entry(&first).await.unwrap().unwrap();
    assert_eq!((entry.run_id.as_str(), entry.kuerzel.as_str(), entry.who.as_str()), ("r1", "PB", "anna"));
    assert_eq!((entry.side, entry.verb, entry.reason), (Side::Advoware, Verb::Update, Reason::Changed));
    assert_eq!((entry.frnr, entry.event_id.as_deref(), entry.fields), (Some(1), Some("e1"), vec!["text".to_owned()]));
    assert!(entry.done_at.is_some_and(|done| done >= entry.at));
    let undone = journal.entry(&other).await.unwrap().unwrap();
    assert_eq!(undone.done_at, None, "begun, never known to be done");
    assert_eq!((entry.before, entry.after), (undone.after, undone.before), "the same object has the same fingerprint");
    assert_eq!(journal.entry(&made).await.unwrap().unwrap().frnr, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_gap() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let (store, journal) = (bench.store(&leased.guard), bench.journal());
    let mut begun = Vec::new();
    for n in 0..7 {
        begun.insert(0, store.begin(&write(Some(n), "e", None, None)).await.unwrap());
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = journal.page(Filter::Event("e"), after.as_deref(), 3).await.unwrap();
        seen.extend(page.entries.into_iter().map(|entry| entry.id));
        store.begin(&write(None, "e", None, None)).await.unwrap();
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, begun, "what is written meanwhile moves no page");
    assert!(journal.page(Filter::All, Some("nobody"), 3).await.unwrap().entries.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_open_with_their_key_only() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let (before, after) = (object("Müller ./. Schmidt"), object("Neu"));
    let open = write(Some(1), "e", Some(&before), Some(&after));
    let entry = bench.store(&leased.guard).begin(&open).await.unwrap();
    let reader = |names: &[&str]| Journal::new(&bench.state, journal_keys(names));
    let contents = reader(&["k2", "k1"]).contents(&entry).await.unwrap();
    assert_eq!((contents.before, contents.after), (Some(before.clone()), Some(after.clone())));
    assert!(matches!(reader(&["k2"]).contents(&entry).await, Err(ContentsError::UnknownKey)));
    assert!(bench.journal().entry(&entry).await.unwrap().unwrap().has_contents);

    let keyless = RunStore::new(&bench.state, leased.guard.clone(), who("r"), reader(&[]), NoWaker);
    let entry = keyless.begin(&open).await.unwrap();
    assert!(matches!(bench.journal().contents(&entry).await, Err(ContentsError::NotKept)));
    let entry = bench.journal().entry(&entry).await.unwrap().unwrap();
    assert!(!entry.has_contents && entry.before.is_some(), "fingerprints are kept all the same");
    assert!(!reader(&[]).keeps_contents() && reader(&["k1"]).keeps_contents());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_the_journal_ends_by_itself() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let store = bench.store(&leased.guard);
    let entry = store.begin(&Write { fields: FieldSet::ALL, ..write(Some(1), "e", None, None) }).await.unwrap();
    store.settle(&entry, Some(2)).await.unwrap();
    let keys: Vec<String> = bench.ask(&["KEYS", "{t}:journal*"]);
    assert_eq!(keys.len(), 7, "{keys:?}");
    for key in keys {
        let life: i64 = bench.ask(&["TTL", &key]);
        assert!((1..=30 * 86_400).contains(&life), "{key} {life}");
    }
    // Entries that are older than that leave the indexes with the next one.
    bench.ask::<i64>(&["ZADD", "{t}:journal", "1", "ancient"]);
    store.begin(&write(Some(1), "e", None, None)).await.unwrap();
    assert_eq!(bench.ask::<usize>(&["ZCARD", "{t}:journal"]), 2);
}
