use serde_json::{Map, Value, json};

/// What somebody does in the firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Lawyer,
    Notary,
    Clerk,
}

/// Somebody who works for the firm.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) kuerzel: &'static str,
    given: &'static str,
    family: &'static str,
    pub(super) job: Job,
}

const fn person(kuerzel: &'static str, given: &'static str, family: &'static str, job: Job) -> Person {
    Person { kuerzel, given, family, job }
}

const ACTIVE: [Person; 12] = [
    person("PB", "Petra", "Brandt", Job::Lawyer),
    person("AI", "Andreas", "Iffland", Job::Lawyer),
    person("SB", "Sabine", "Bergmann", Job::Clerk),
    person("JK", "Johannes", "Kühn", Job::Lawyer),
    person("MÖL", "Marlene", "Öllerich", Job::Notary),
    person("TW", "Tobias", "Wagenknecht", Job::Lawyer),
    person("FS", "Fatma", "Sahin", Job::Lawyer),
    person("CH", "Claudia", "Hövelmann", Job::Clerk),
    person("RVG", "Richard", "von Grabow", Job::Lawyer),
    person("NL", "Nadine", "Lüttich", Job::Clerk),
    person("DK", "Dirk", "Kessel", Job::Clerk),
    person("EM", "Elif", "Marquardt", Job::Lawyer),
];

const FORMER: [Person; 2] = [person("HW", "Heinrich", "Weißenfels", Job::Notary), person("UJ", "Ute", "Jansen", Job::Clerk)];

impl Person {
    /// How many appointments somebody has, compared with others.
    pub(super) fn weight(&self) -> usize {
        match self.job {
            Job::Lawyer => 5,
            Job::Notary => 4,
            Job::Clerk => 2,
        }
    }

    fn row(&self, number: usize, active: bool) -> Map<String, Value> {
        let function = match self.job {
            Job::Lawyer => "Rechtsanwalt/-anwältin",
            Job::Notary => "Notar/-in",
            Job::Clerk => "Rechtsanwaltsfachangestellte/r",
        };
        let mail = format!("{}@musterkanzlei.example", self.kuerzel.to_lowercase());
        let row = json!({
            "id": 100 + number,
            "kuerzel": self.kuerzel,
            "vorname": self.given,
            "name": self.family,
            "funktion": function,
            "aktiv": active,
            "email": mail,
            "telefon": format!("0221 555-{:02}", 10 + number),
            "farbe": null,
        });
        match row {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

pub(super) fn active(count: usize) -> &'static [Person] {
    &ACTIVE[..count.min(ACTIVE.len())]
}

/// The rows of Advoware's employee list.
pub(super) fn rows(count: usize) -> Vec<Map<String, Value>> {
    let active = active(count).iter().map(|person| (person, true));
    let former = FORMER.iter().map(|person| (person, false));
    active.chain(former).enumerate().map(|(number, (person, active))| person.row(number, active)).collect()
}
