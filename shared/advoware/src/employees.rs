//! Who works for the firm.
use std::collections::HashSet;

use advosync_sync::ports::{Certainty, Failure, FailureKind, Object};
use advosync_upstream::Reply;
use reqwest::Method;

use crate::client::{AdvowareClient, Call, subject};
use crate::error::failure;
use crate::{answer, wire};

const OPERATION: &str = "employees";

/// One active employee.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Employee {
    /// The short sign by which Advoware knows the employee.
    pub kuerzel: String,
}

/// The active employees, sorted and without repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Employees {
    /// Those that could be read.
    pub employees: Vec<Employee>,
    /// How many rows could not.
    pub bad_rows: usize,
}

impl AdvowareClient {
    /// The firm's active employees.
    ///
    /// # Errors
    /// Any failed call; also an empty list, and one of which no row can be read: a firm has somebody.
    pub async fn employees(&self) -> Result<Employees, Failure> {
        let call = Call {
            operation: OPERATION,
            method: Method::GET,
            template: wire::EMPLOYEES_PATH,
            path: wire::EMPLOYEES_PATH,
            query: vec![(wire::ACTIVE.0, wire::ACTIVE.1.to_owned())],
            body: None,
            subject: subject(OPERATION),
            freely: true,
        };
        self.call(call, read).await
    }
}

fn read(reply: &Reply) -> Result<Employees, Failure> {
    let wire::Rows(rows) = answer::json(reply, OPERATION)?;
    let mut found = Employees::default();
    let mut seen = HashSet::new();
    for row in rows {
        let object = serde_json::from_str::<Object>(row.get()).unwrap_or_default();
        match wire::kuerzel(&object) {
            Some(kuerzel) if seen.contains(kuerzel) => {}
            Some(kuerzel) => {
                seen.insert(kuerzel.to_owned());
                found.employees.push(Employee { kuerzel: kuerzel.to_owned() });
            }
            None => found.bad_rows += 1,
        }
    }
    if found.bad_rows > 0 {
        tracing::warn!(bad_rows = found.bad_rows, "employees without a Kürzel were left out");
    }
    if found.employees.is_empty() {
        return Err(failure(FailureKind::Unavailable, Certainty::NotDone, OPERATION, "empty list"));
    }
    found.employees.sort();
    Ok(found)
}
