//! Edits as a person makes them in Advoware's own window.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::store::{RawRow, Refused, Store};

/// What a person, or a broken import, does in Advoware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum AdvowareEdit {
    /// A new appointment from the members given.
    Add {
        /// Its members in camelCase.
        fields: Map<String, Value>,
    },
    /// Some members change, all others stay.
    Change {
        /// The appointment's number.
        fr_nr: i64,
        /// The members that change.
        fields: Map<String, Value>,
    },
    /// The appointment is deleted.
    Delete {
        /// The appointment's number.
        fr_nr: i64,
    },
    /// The appointment becomes another employee's.
    Reassign {
        /// The appointment's number.
        fr_nr: i64,
        /// The new owner and handler.
        kuerzel: String,
    },
    /// A row that is put into an employee's list just as it is.
    AddRawRow {
        /// Whose list.
        kuerzel: String,
        /// Anything.
        row: Value,
    },
    /// All rows that were put in as they were disappear.
    ClearRawRows,
    /// An appointment that Advoware generated: a negative number is given to it.
    AddGenerated {
        /// Its members in camelCase.
        fields: Map<String, Value>,
    },
    /// A new employee.
    AddEmployee {
        /// Members in camelCase, `kuerzel` among them.
        fields: Map<String, Value>,
    },
    /// An employee becomes active or inactive.
    SetActive {
        /// Whom it concerns.
        kuerzel: String,
        /// Whether the employee works for the firm.
        active: bool,
    },
    /// An employee gets another Kürzel, and with it the appointments.
    RenameEmployee {
        /// The old Kürzel.
        kuerzel: String,
        /// The new one.
        to: String,
    },
}

/// Why an edit could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EditError(pub(crate) String);

impl From<Refused> for EditError {
    fn from(refused: Refused) -> Self {
        Self(refused.to_string())
    }
}

impl Store {
    /// Makes the edit; returns the number of the appointment that it touched.
    pub(super) fn edit(&mut self, edit: AdvowareEdit) -> Result<Option<i64>, EditError> {
        match edit {
            AdvowareEdit::Add { fields } => Ok(Some(self.create(&fields)?)),
            AdvowareEdit::Change { fr_nr, fields } => self.change(fr_nr, &fields).map(Some),
            AdvowareEdit::Delete { fr_nr } => {
                self.delete(fr_nr)?;
                Ok(Some(fr_nr))
            }
            AdvowareEdit::Reassign { fr_nr, kuerzel } => {
                let owner = json!({"anwalt": kuerzel, "sb": kuerzel});
                self.change(fr_nr, owner.as_object().unwrap_or(&Map::new())).map(Some)
            }
            AdvowareEdit::AddRawRow { kuerzel, row } => {
                self.raw_rows.push(RawRow { kuerzel, row });
                Ok(None)
            }
            AdvowareEdit::ClearRawRows => {
                self.raw_rows.clear();
                Ok(None)
            }
            AdvowareEdit::AddGenerated { fields } => Ok(Some(self.add_generated(fields))),
            AdvowareEdit::AddEmployee { fields } => {
                self.employees.push(fields);
                Ok(None)
            }
            AdvowareEdit::SetActive { kuerzel, active } => {
                let employee = self.employee(&kuerzel)?;
                employee.insert("aktiv".to_owned(), Value::Bool(active));
                Ok(None)
            }
            AdvowareEdit::RenameEmployee { kuerzel, to } => self.rename(&kuerzel, &to),
        }
    }

    fn change(&mut self, number: i64, fields: &Map<String, Value>) -> Result<i64, EditError> {
        let mut whole = self.appointments.get(&number).ok_or(Refused::Missing(number))?.clone();
        whole.extend(fields.clone());
        self.replace(number, &whole)?;
        Ok(number)
    }

    fn add_generated(&mut self, mut fields: Map<String, Value>) -> i64 {
        let lowest = self.appointments.keys().next().copied().unwrap_or(0);
        let number = lowest.min(0) - 1;
        fields.insert("frNr".to_owned(), Value::from(number));
        self.appointments.insert(number, fields);
        number
    }

    fn employee(&mut self, kuerzel: &str) -> Result<&mut Map<String, Value>, EditError> {
        self.employees
            .iter_mut()
            .find(|employee| super::store::text_of(employee, "kuerzel") == kuerzel)
            .ok_or_else(|| EditError(format!("no employee {kuerzel}")))
    }

    fn rename(&mut self, kuerzel: &str, to: &str) -> Result<Option<i64>, EditError> {
        let employee = self.employee(kuerzel)?;
        employee.insert("kuerzel".to_owned(), Value::from(to));
        for fields in self.appointments.values_mut() {
            for name in ["anwalt", "sb"] {
                if super::store::text_of(fields, name) == kuerzel {
                    fields.insert(name.to_owned(), Value::from(to));
                }
            }
        }
        Ok(None)
    }
}
