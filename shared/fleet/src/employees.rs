//! The firm's employees: from Advoware, and from the last list while Advoware is away.

use std::collections::BTreeSet;

use advosync_queue::LeaseGuard;
use advosync_queue::link::LinkError;
use advosync_sync::ports::Failure;

use crate::Fleet;

/// Who works at the firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employees {
    /// Everybody whom Advoware lists as active.
    pub active: BTreeSet<String>,
    /// Of these, whoever `CALENDAR_SYNC_DEBUG_EMPLOYEES` lets in.
    pub synchronised: BTreeSet<String>,
}

/// Why nobody can be synchronised under a Kürzel.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEmployee {
    /// Advoware has no active employee of that Kürzel.
    #[error("Advoware has no active employee with this Kürzel")]
    NoSuch,
    /// There is one, but the settings leave them out.
    #[error("CALENDAR_SYNC_DEBUG_EMPLOYEES leaves this employee out")]
    LeftOut,
    /// Advoware is away, and no list was kept.
    #[error("the list of employees can't be had")]
    Away(#[source] Failure),
    /// Redis is away.
    #[error("redis is away")]
    Redis(#[from] LinkError),
}

impl Fleet {
    fn sort(&self, active: impl IntoIterator<Item = String>) -> Employees {
        // The pseudo key of the fan-out can be nobody's name.
        let active: BTreeSet<String> = active.into_iter().filter(|kuerzel| *kuerzel != self.queue().settings().all_key).collect();
        let synchronised = active.iter().filter(|kuerzel| self.sync().includes(kuerzel)).cloned().collect();
        Employees { active, synchronised }
    }

    /// Asks Advoware, and keeps the answer for times when it is away.
    ///
    /// # Errors
    /// What Advoware says, an empty list included.
    pub async fn fetch_employees(&self, lease: Option<&LeaseGuard>) -> Result<Employees, Failure> {
        let listed = self.advoware().employees().await?;
        if listed.bad_rows > 0 {
            tracing::warn!(rows = listed.bad_rows, "employees without a readable Kürzel were left out");
        }
        let employees = self.sort(listed.employees.into_iter().map(|employee| employee.kuerzel));
        let list: Vec<String> = employees.active.iter().cloned().collect();
        self.employee_lists().put(lease, &list).await.map_err(advosync_state::failure)?;
        Ok(employees)
    }

    /// The last list, whatever its age; `None` where none was kept.
    ///
    /// # Errors
    /// Where Redis is away.
    pub async fn known_employees(&self) -> Result<Option<Employees>, LinkError> {
        Ok(self.employee_lists().get().await?.map(|list| self.sort(list.kuerzel)))
    }

    /// Whether `kuerzel` is synchronised. The kept list answers for those in it; for others Advoware is asked.
    ///
    /// # Errors
    /// See [`UnknownEmployee`].
    pub async fn check_employee(&self, kuerzel: &str) -> Result<(), UnknownEmployee> {
        let known = self.known_employees().await?;
        if known.as_ref().is_some_and(|known| known.synchronised.contains(kuerzel)) {
            return Ok(());
        }
        let employees = match (self.fetch_employees(None).await, known) {
            (Ok(employees), _) => employees,
            (Err(_), Some(known)) => known,
            (Err(failure), None) => return Err(UnknownEmployee::Away(failure)),
        };
        if employees.synchronised.contains(kuerzel) {
            Ok(())
        } else if employees.active.contains(kuerzel) {
            Err(UnknownEmployee::LeftOut)
        } else {
            Err(UnknownEmployee::NoSuch)
        }
    }
}
