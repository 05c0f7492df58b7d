//! Whatever both sides and the base are: one run makes them equal, and a second one finds nothing to do.

use advosync_sync::fingerprint::KeyRing;
use advosync_sync::form::{Field, FieldSet};
use advosync_sync::plan::Operation;
use advosync_sync::ports::{FrNr, Side};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scene::{PROBE, Scene, recorded};

/// What became of one half of a pair since both sides agreed.
#[derive(Debug, Clone)]
enum Half {
    Edited(FieldSet, u8),
    Deleted,
}

/// One item: a pair, or something that stands alone.
#[derive(Debug, Clone)]
enum Item {
    Pair {
        ours: Half,
        theirs: Half,
    },
    Alone(Side),
    /// Equal on both sides, and not linked.
    Twins,
}

#[derive(Debug, Clone)]
struct State {
    items: Vec<Item>,
    conflict: Side,
    keep_changed: bool,
    base_unknown: bool,
    mirror_lost: bool,
    bare_tombstones: bool,
}

const FIELDS: [Field; 5] = [Field::Time, Field::Text, Field::Notiz, Field::Ort, Field::Private];

fn field_set() -> impl Strategy<Value = FieldSet> {
    proptest::sample::subsequence(FIELDS.to_vec(), 0..=3).prop_map(|fields| fields.into_iter().collect())
}

fn half() -> impl Strategy<Value = Half> {
    prop_oneof![5 => (field_set(), 0_u8..3).prop_map(|(fields, version)| Half::Edited(fields, version)), 1 => Just(Half::Deleted)]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Advoware), Just(Side::Google)]
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        6 => (half(), half()).prop_map(|(ours, theirs)| Item::Pair { ours, theirs }),
        1 => side().prop_map(Item::Alone),
        1 => Just(Item::Twins),
    ]
}

fn state() -> impl Strategy<Value = State> {
    (prop::collection::vec(item(), 1..6), side(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(items, conflict, keep_changed, base_unknown, mirror_lost, bare_tombstones)| State {
            items,
            conflict,
            keep_changed,
            base_unknown,
            mirror_lost,
            bare_tombstones,
        },
    )
}

/// The members that differ on either side once `fields` are edited to `version`.
fn members(side: Side, fields: FieldSet, version: u8) -> Value {
    let mut out = serde_json::Map::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
    let hour = 12 + version;
    for field in fields.iter() {
        match (side, field) {
            (Side::Advoware, Field::Time) => {
                put("uhrzeitVon", format!("{hour}:00:00").into());
                put("uhrzeitBis", format!("{hour}:30:00").into());
            }
            (Side::Google, Field::Time) => {
                let at =
                    |minute: &str| json!({"dateTime": format!("2026-05-11T{hour}:{minute}:00"), "timeZone": "Europe/Berlin"});
                put("start", at("00"));
                put("end", at("30"));
            }
            (Side::Advoware, Field::Private) => put("privat", 1.into()),
            (Side::Google, Field::Private) => put("visibility", "private".into()),
            (side, field) => {
                let (ours, theirs) = match field {
                    Field::Notiz => ("notiz", "description"),
                    Field::Ort => ("ort", "location"),
                    _ => ("text", "summary"),
                };
                put(if side == Side::Advoware { ours } else { theirs }, format!("{} < {version} & ß", field.name()).into());
            }
        }
    }
    out.into()
}

/// A pair as it was, and what was done to it.
struct Pair {
    frnr: FrNr,
    event_id: String,
    ours: Half,
    theirs: Half,
}

/// Sets the scene: pairs that agree, then everything that people did.
fn stage(state: &State) -> (Scene, Vec<Pair>) {
    let mut scene = Scene::with(|policy| {
        policy.conflict = state.conflict;
        policy.keep_changed = state.keep_changed;
        policy.max_deletes = 1_000;
    });
    let mut pairs = Vec::new();
    for (index, item) in state.items.iter().enumerate() {
        if let Item::Pair { ours, theirs } = item {
            let frnr = scene.termin(json!({"text": format!("t{index}")}));
            pairs.push(Pair { frnr, event_id: String::new(), ours: ours.clone(), theirs: theirs.clone() });
        }
    }
    // So many that the guard has nothing to say.
    for n in 0..20 {
        scene.termin(json!({"text": format!("ruhig {n}")}));
    }
    scene.sync();
    for pair in &mut pairs {
        pair.event_id = scene.event_id(pair.frnr);
    }
    for (index, item) in state.items.iter().enumerate() {
        let text = format!("t{index}");
        match item {
            Item::Alone(Side::Advoware) => drop(scene.termin(json!({"text": text}))),
            Item::Alone(Side::Google) => scene.event(&format!("alone{index}"), json!({"summary": text})),
            Item::Twins => {
                scene.termin(json!({"text": text}));
                scene.event(&format!("twin{index}"), json!({"summary": text}));
            }
            Item::Pair { .. } => {}
        }
    }
    for pair in &pairs {
        match &pair.ours {
            Half::Edited(fields, version) => scene.edit(pair.frnr, members(Side::Advoware, *fields, *version)),
            Half::Deleted => scene.delete(pair.frnr),
        }
        match &pair.theirs {
            Half::Edited(fields, version) => scene.edit_event(&pair.event_id, members(Side::Google, *fields, *version)),
            Half::Deleted => scene.delete_event(&pair.event_id),
        }
    }
    scene.change(|world| {
        world.bare_tombstones = state.bare_tombstones;
        if state.mirror_lost {
            world.flush();
            world.probes.push(PROBE);
        }
    });
    if state.base_unknown {
        scene.settings(|policy| policy.keys = KeyRing::new([b"another"]));
    }
    (scene, pairs)
}

/// Both sides are linked one to one, and each pair is equal.
fn equal(scene: &Scene) -> Result<(), TestCaseError> {
    let numbers: Vec<FrNr> = scene.termine().iter().map(|termin| termin["frNr"].as_i64().unwrap()).collect();
    let mut linked: Vec<FrNr> = scene.events().iter().filter_map(recorded).collect();
    linked.sort_unstable();
    prop_assert_eq!(&linked, &numbers);
    for frnr in numbers {
        let (ours, theirs) = scene.forms(frnr);
        prop_assert_eq!(ours, theirs);
    }
    Ok(())
}

/// What must have become of a pair.
fn check(scene: &Scene, state: &State, pair: &Pair) -> Result<(), TestCaseError> {
    let found = scene.events().into_iter().find(|event| event["id"] == *pair.event_id);
    let anew = found.as_ref().and_then(recorded).unwrap_or(pair.frnr);
    let alive = scene.world.lock().termine.contains_key(&anew);
    match (&pair.ours, &pair.theirs) {
        (Half::Edited(ours, a), Half::Edited(theirs, g)) => {
            prop_assert_eq!((alive, anew), (true, pair.frnr), "nobody deleted it");
            if state.base_unknown {
                return Ok(());
            }
            let (form, _) = scene.forms(pair.frnr);
            for field in FIELDS {
                let winner = match (ours.has(field), theirs.has(field)) {
                    (true, false) => Some((Side::Advoware, *a)),
                    (false, true) => Some((Side::Google, *g)),
                    (true, true) if state.conflict == Side::Advoware => Some((Side::Advoware, *a)),
                    (true, true) => Some((Side::Google, *g)),
                    (false, false) => None,
                };
                if let Some((_, version)) = winner {
                    let expected = scene.termin(members(Side::Advoware, [field].into_iter().collect(), version));
                    let expected = advosync_sync::advoware::read_object(&scene.raw(expected)).unwrap().form.unwrap();
                    prop_assert_eq!(&form.with([field].into_iter().collect(), &expected), &form, "{:?}", field);
                }
            }
        }
        (Half::Deleted, Half::Deleted) => prop_assert!(!alive && found.is_none()),
        (Half::Deleted, Half::Edited(kept, _)) | (Half::Edited(kept, _), Half::Deleted) => {
            let comes_back = state.base_unknown || !kept.is_empty() && state.keep_changed;
            prop_assert_eq!(alive, comes_back, "deleted on one side, {:?} changed on the other", kept);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_run_makes_both_sides_equal_and_a_second_has_nothing_to_do(state in state()) {
        let (scene, pairs) = stage(&state);
        scene.sync();
        equal(&scene)?;
        prop_assert_eq!(scene.plan("PB").operations, vec![]);
        for pair in &pairs {
            check(&scene, &state, pair)?;
        }
    }

    #[test]
    fn nothing_is_deleted_without_evidence(state in state()) {
        let (scene, pairs) = stage(&state);
        for operation in scene.plan("PB").operations {
            match operation {
                Operation::DeleteEvent { frnr, .. } => {
                    let pair = pairs.iter().find(|pair| pair.frnr == frnr).unwrap();
                    prop_assert!(matches!(pair.ours, Half::Deleted) && !state.base_unknown);
                }
                Operation::DeleteTermin { frnr, .. } => {
                    let pair = pairs.iter().find(|pair| pair.frnr == frnr).unwrap();
                    prop_assert!(matches!(pair.theirs, Half::Deleted) && !state.base_unknown);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_order_of_the_input_never_matters(state in state(), seed in 1_u64..) {
        let (scene, _) = stage(&state);
        let plan = scene.plan("PB");
        scene.change(|world| world.shuffle = Some(seed));
        prop_assert_eq!(scene.plan("PB"), plan);
    }

    #[test]
    fn nothing_is_lost_while_the_calendar_is_new(state in state()) {
        let (mut scene, _) = stage(&state);
        scene.change(|world| drop(world.calendars.insert("new".into(), crate::world::Calendar::default())));
        let before = scene.termine();
        scene.task(|task| task.calendar = "new".into());
        scene.sync();
        prop_assert_eq!(scene.termine(), before);
        let events = scene.world.lock().calendars["new"].alive().count();
        prop_assert_eq!(events, scene.termine().len());
    }
}
