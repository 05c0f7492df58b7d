//! Who is who: event ids that can be read back, and the marks an event carries.

use data_encoding::BASE32HEX_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fingerprint::Base;
use crate::ports::{FrNr, Object};

/// Starts every event id of ours; within Google's alphabet `a–v0–9`.
const PREFIX: &str = "advo";
/// Characters of the hash of deployment and Kürzel.
const SCOPE_LENGTH: usize = 10;
/// The form in which marks are written; one above it is not ours to interpret.
const SCHEMA: &str = "1";

/// One installation of the product at one firm: a short name that goes into every id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deployment(pub String);

/// Deployment and employee: the namespace of event ids in one calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    deployment: Deployment,
    hash: String,
}

impl Scope {
    /// The scope of `kuerzel` in `deployment`.
    pub fn new(deployment: &Deployment, kuerzel: &str) -> Self {
        let digest = Sha256::digest(format!("{}\0{kuerzel}", deployment.0));
        let hash = BASE32HEX_NOPAD.encode(&digest).to_ascii_lowercase()[..SCOPE_LENGTH].to_owned();
        Self { deployment: deployment.clone(), hash }
    }

    /// The installation it belongs to.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Whether `marks` were last written in the calendar of this scope.
    pub fn is_home_of(&self, marks: &Marks) -> bool {
        marks.home.as_deref() == Some(self.hash.as_str())
    }

    /// The event id of appointment `frnr` in its `generation`: `advo` + hash + `n` + number + `g` + generation.
    pub fn event_id(&self, frnr: FrNr, generation: u32) -> String {
        format!("{PREFIX}{}n{frnr}g{generation}", self.hash)
    }

    /// Number and generation of an id of this scope; `None` for any other id.
    pub fn parse(&self, id: &str) -> Option<(FrNr, u32)> {
        let (frnr, generation) = id.strip_prefix(PREFIX)?.strip_prefix(self.hash.as_str())?.strip_prefix('n')?.split_once('g')?;
        // As it would be written: no sign, no leading zero.
        let is_plain = |digits: &str| digits == "0" || digits.bytes().next().is_some_and(|first| (b'1'..=b'9').contains(&first));
        if !is_plain(frnr) || !is_plain(generation) {
            return None;
        }
        Some((frnr.parse().ok()?, generation.parse().ok()?))
    }
}

/// A claim: this event is about to be created in Advoware by the winner of the write that set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// When, by Redis's clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// What is about to be created, as both sides will show it.
    pub base: Base,
}

/// What we wrote into an event's private extended properties.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// The linked appointment's number.
    pub frnr: Option<FrNr>,
    /// What both sides last agreed on; `None` is *base unknown*.
    pub base: Option<Base>,
    /// A creation in Advoware that was begun.
    pub claim: Option<Claim>,
    /// The generation of its appointment that it counts as, where its id alone would not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// The calendar (by its scope) in which it was last settled; set on writing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// We are about to delete this event ourselves: its tombstone is no person's deletion.
    pub gone: bool,
    /// Links of single occurrences, packed by month (`2026-05` → text).
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub occurrences: std::collections::BTreeMap<String, String>,
    /// When the creation of those occurrences that have no number yet was begun, by Redis's clock, in milliseconds
    /// since 1970. While a series is being split it stands here even where no occurrence is left to be created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_ms: Option<i64>,
}

mod property {
    pub(super) const SCHEMA: &str = "advosyncSchema";
    pub(super) const DEPLOYMENT: &str = "advosyncDeployment";
    pub(super) const OWN_ID: &str = "advosyncId";
    pub(super) const FRNR: &str = "advosyncFrNr";
    pub(super) const BASE: &str = "advosyncBase";
    pub(super) const CLAIM: &str = "advosyncClaim";
    pub(super) const GENERATION: &str = "advosyncGeneration";
    pub(super) const HOME: &str = "advosyncHome";
    pub(super) const GONE: &str = "advosyncGone";
    pub(super) const MONTH: &str = "advosyncMonth-";
    pub(super) const BEGUN: &str = "advosyncBegun";
    pub(super) const OURS: &str = "advosync";
}

/// The private extended properties of `event`, empty where it has none.
fn private_properties(event: &Object) -> Option<&Object> {
    event.get("extendedProperties")?.as_object()?.get("private")?.as_object()
}

/// Whether `event` carries any mark of ours at all, whoever's event it is.
pub fn is_marked(event: &Object) -> bool {
    private_properties(event).is_some_and(|marks| marks.contains_key(property::OWN_ID))
}

impl Marks {
    /// Whether the event is a series whose occurrences are linked one by one, or about to be.
    pub fn is_spread(&self) -> bool {
        !self.occurrences.is_empty() || self.begun_ms.is_some()
    }

    /// The marks on `event`, if it is ours and itself: one whose recorded id is another's is a person's
    /// copy, and one of another deployment is foreign; both count as unmarked.
    pub fn read(event: &Object, id: &str, deployment: &Deployment) -> Option<Self> {
        let properties = private_properties(event)?;
        let text = |name: &str| properties.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if text(property::OWN_ID)? != id || text(property::DEPLOYMENT)? != deployment.0 {
            return None;
        }
        let known_schema = text(property::SCHEMA) == Some(SCHEMA);
        let base = text(property::BASE).filter(|_| known_schema).and_then(Base::decode);
        let claim = text(property::CLAIM).filter(|_| known_schema).and_then(|claim| {
            let (at_ms, base) = claim.split_once('/')?;
            Some(Claim { at_ms: at_ms.parse().ok()?, base: Base::decode(base)? })
        });
        let occurrences = properties
            .iter()
            .filter_map(|(name, packed)| Some((name.strip_prefix(property::MONTH)?.to_owned(), packed.as_str()?.to_owned())))
            .collect();
        Some(Self {
            frnr: text(property::FRNR).and_then(|frnr| frnr.parse().ok()),
            base,
            claim,
            generation: text(property::GENERATION).and_then(|generation| generation.parse().ok()),
            home: text(property::HOME).map(str::to_owned),
            gone: text(property::GONE).is_some(),
            occurrences,
            begun_ms: text(property::BEGUN).and_then(|at_ms| at_ms.parse().ok()),
        })
    }

    /// Writes these marks into `event`, replacing any of ours that stand there; others' properties stay.
    pub fn write(&self, event: &mut Object, id: &str, scope: &Scope) {
        let properties = object_in(object_in(event, "extendedProperties"), "private");
        properties.retain(|name, _| !name.starts_with(property::OURS));
        let mut put = |name: &str, value: String| properties.insert(name.to_owned(), Value::String(value));
        put(property::SCHEMA, SCHEMA.to_owned());
        put(property::DEPLOYMENT, scope.deployment.0.clone());
        put(property::HOME, scope.hash.clone());
        put(property::OWN_ID, id.to_owned());
        if let Some(frnr) = self.frnr {
            put(property::FRNR, frnr.to_string());
        }
        if let Some(base) = &self.base {
            put(property::BASE, base.encode());
        }
        if let Some(claim) = &self.claim {
            put(property::CLAIM, format!("{}/{}", claim.at_ms, claim.base.encode()));
        }
        if let Some(generation) = self.generation {
            put(property::GENERATION, generation.to_string());
        }
        if self.gone {
            put(property::GONE, "1".to_owned());
        }
        if let Some(begun_ms) = self.begun_ms {
            put(property::BEGUN, begun_ms.to_string());
        }
        for (month, packed) in &self.occurrences {
            put(&format!("{}{month}", property::MONTH), packed.clone());
        }
    }
}

/// Takes every mark of ours off `event`; others' properties stay.
pub fn take_off_marks(event: &mut Object) {
    if private_properties(event).is_some() {
        object_in(object_in(event, "extendedProperties"), "private").retain(|name, _| !name.starts_with(property::OURS));
    }
}

/// Takes every mark of ours off `event`; others' properties stay.
pub fn strip(event: &mut Object) {
    let private = event.get_mut("extendedProperties").and_then(|properties| properties.get_mut("private"));
    if let Some(Value::Object(properties)) = private {
        properties.retain(|name, _| !name.starts_with(property::OURS));
    }
}

/// The object under `name`, made where there is none.
fn object_in<'a>(parent: &'a mut Object, name: &str) -> &'a mut Object {
    let slot = parent.entry(name).or_insert_with(|| Value::Object(Object::new()));
    if !slot.is_object() {
        *slot = Value::Object(Object::new());
    }
    slot.as_object_mut().expect("an object was just put there")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{Fingerprints, KeyId};

    fn deployment() -> Deployment {
        Deployment("firm".into())
    }
    fn scope() -> Scope {
        Scope::new(&deployment(), "PB")
    }
    fn base() -> Base {
        Base { key: KeyId("k".into()), advoware: Fingerprints::default(), google: Fingerprints::default(), anonymised: false }
    }

    #[test]
    fn an_id_is_in_googles_alphabet_and_reads_back() {
        let scope = Scope::new(&deployment(), "PB");
        let id = scope.event_id(4711, 3);
        assert!(id.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'v').contains(&c)), "{id}");
        assert_eq!(scope.parse(&id), Some((4711, 3)));
        assert_eq!(Scope::new(&deployment(), "AI").parse(&id), None);
        for other in ["", "advo", "abc123", &id[1..], &format!("{id}x"), &id.replace("n4711", "n04711")] {
            assert_eq!(scope.parse(other), None, "{other}");
        }
    }

    #[test]
    fn marks_read_back_and_leave_others_properties_alone() {
        let mut event =
            serde_json::from_str::<Object>(r#"{"extendedProperties":{"private":{"other":"x"},"shared":{"y":"z"}}}"#).unwrap();
        let marks = Marks {
            frnr: Some(7),
            base: Some(base()),
            claim: Some(Claim { at_ms: 5, base: base() }),
            generation: Some(2),
            home: Some(scope().hash),
            gone: true,
            occurrences: [("2026-05".to_owned(), "x".to_owned())].into(),
            begun_ms: Some(6),
        };
        marks.write(&mut event, "id1", &scope());
        assert_eq!(Marks::read(&event, "id1", &deployment()), Some(marks));
        assert_eq!(event["extendedProperties"]["private"]["other"], "x");
        assert_eq!(event["extendedProperties"]["shared"]["y"], "z");
        let fewer = Marks { frnr: Some(7), home: Some(scope().hash), ..Marks::default() };
        fewer.write(&mut event, "id1", &scope());
        assert_eq!(Marks::read(&event, "id1", &deployment()), Some(fewer));
    }

    #[test]
    fn a_copy_and_another_deployments_event_are_unmarked() {
        let mut event = Object::new();
        Marks { frnr: Some(7), ..Marks::default() }.write(&mut event, "id1", &scope());
        assert_eq!(Marks::read(&event, "id2", &deployment()), None);
        assert_eq!(Marks::read(&event, "id1", &Deployment("other".into())), None);
    }
}
