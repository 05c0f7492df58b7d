//! Something that ends and is renewed by one at a time: an access token.
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use advosync_sync::ports::{Failure, FailureKind};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::retry::Setback;

/// A final refusal is believed for so long before it is asked again: many jobs, one failed login.
const REFUSED_FOR: Duration = Duration::from_secs(10);
/// What could not be renewed early is used on for so long before the next try.
const EARLY_EVERY: Duration = Duration::from_secs(30);

/// What a [`Renewable`] holds.
pub trait Perishable: Clone {
    /// Whether a call begun now can use it.
    fn is_valid(&self) -> bool;
    /// Whether it is not yet time to fetch its successor.
    fn is_fresh(&self) -> bool;
    /// Whether this is the very same.
    fn is_same(&self, other: &Self) -> bool;
}

/// How much a fetch matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// What is held still does: a failed fetch hurts nobody.
    Early,
    /// Nothing usable is held.
    Now,
}

/// Keeps one `T`: asks for the next before it ends, and never twice at a time.
#[derive(Debug)]
pub struct Renewable<T> {
    held: RwLock<Held<T>>,
    asking: Mutex<()>,
}

#[derive(Debug)]
struct Held<T> {
    value: Option<T>,
    refused: Option<(Instant, Failure)>,
    early_at: Option<Instant>,
}

impl<T> Default for Renewable<T> {
    fn default() -> Self {
        Self { held: RwLock::new(Held { value: None, refused: None, early_at: None }), asking: Mutex::default() }
    }
}

impl<T: Perishable> Renewable<T> {
    /// A valid `T` that is not `failed`: the one that is held, else what `fetch` brings.
    ///
    /// # Errors
    /// What `fetch` met, also a moment ago where it was final; `late` where another's fetch outlasts `deadline`.
    pub async fn get<F>(
        &self,
        deadline: Instant,
        failed: Option<&T>,
        late: impl Fn() -> Failure,
        fetch: impl Fn(Need) -> F,
    ) -> Result<T, Setback>
    where
        F: Future<Output = Result<T, Setback>>,
    {
        if let Some(value) = self.usable(failed) {
            // Whoever comes first renews it; the others, and a failed renewal, use what still does.
            let turn = if value.is_fresh() { None } else { self.early_turn() };
            return match turn {
                Some(_asking) => Ok(fetch(Need::Early).await.map_or(value, |next| self.hold(next))),
                None => Ok(value),
            };
        }
        let late = |_| Setback { failure: late(), again: true };
        let _asking = timeout_at(deadline, self.asking.lock()).await.map_err(late)?;
        if let Some(value) = self.usable(failed) {
            return Ok(value);
        }
        if let Some(refused) = self.recent_refusal() {
            return Err(Setback::last(refused));
        }
        let fetched = fetch(Need::Now).await;
        fetched.map(|value| self.hold(value)).inspect_err(|setback| self.note(setback))
    }

    fn early_turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let asking = self.asking.try_lock().ok()?;
        let mut held = self.write();
        if held.early_at.is_some_and(|at| Instant::now() < at) {
            return None;
        }
        held.early_at = Some(Instant::now() + EARLY_EVERY);
        Some(asking)
    }

    fn usable(&self, failed: Option<&T>) -> Option<T> {
        let value = self.read().value.clone()?;
        let usable = value.is_valid() && !failed.is_some_and(|failed| failed.is_same(&value));
        usable.then_some(value)
    }

    fn hold(&self, value: T) -> T {
        *self.write() = Held { value: Some(value.clone()), refused: None, early_at: None };
        value
    }

    fn note(&self, setback: &Setback) {
        if setback.failure.kind == FailureKind::Denied && !setback.again {
            self.write().refused = Some((Instant::now() + REFUSED_FOR, setback.failure.clone()));
        }
    }

    fn recent_refusal(&self) -> Option<Failure> {
        self.read().refused.as_ref().filter(|(until, _)| Instant::now() < *until).map(|(_, failure)| failure.clone())
    }

    fn read(&self) -> RwLockReadGuard<'_, Held<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held<T>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use advosync_sync::ports::Certainty;
    use tokio::time::sleep;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Milk {
        batch: u32,
        until: Instant,
    }

    impl Perishable for Milk {
        fn is_valid(&self) -> bool {
            Instant::now() < self.until
        }

        fn is_fresh(&self) -> bool {
            Instant::now() + Duration::from_secs(60) < self.until
        }

        fn is_same(&self, other: &Self) -> bool {
            self.batch == other.batch
        }
    }

    #[derive(Default)]
    struct Cow {
        milk: Renewable<Milk>,
        batches: Cell<u32>,
        failing: Cell<Option<FailureKind>>,
    }

    impl Cow {
        async fn get(&self, failed: Option<&Milk>) -> Result<Milk, Setback> {
            let deadline = Instant::now() + Duration::from_secs(20);
            self.milk.get(deadline, failed, || failure(FailureKind::Unavailable), |_| self.give()).await
        }

        async fn give(&self) -> Result<Milk, Setback> {
            self.batches.set(self.batches.get() + 1);
            sleep(Duration::from_secs(1)).await;
            match self.failing.get() {
                Some(kind) => Err(Setback::last(failure(kind))),
                None => Ok(Milk { batch: self.batches.get(), until: Instant::now() + Duration::from_mins(10) }),
            }
        }
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure { kind, certainty: Certainty::NotDone, retry_after: None, code: "cow".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn many_ask_and_one_fetches() {
        let cow = Cow::default();
        let (one, two, three) = tokio::join!(cow.get(None), cow.get(None), cow.get(None));
        assert_eq!((one.expect("milk").batch, two.expect("milk").batch, three.expect("milk").batch), (1, 1, 1));
        let first = cow.get(None).await.expect("milk");
        let (one, two) = tokio::join!(cow.get(Some(&first)), cow.get(Some(&first)));
        assert_eq!((one.expect("milk").batch, two.expect("milk").batch), (2, 2));
        assert_eq!(cow.get(Some(&first)).await.expect("milk").batch, 2, "only the very one that failed is replaced");
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_before_it_ends_and_nobody_waits_for_that() {
        let cow = Cow::default();
        let first = cow.get(None).await.expect("milk");
        tokio::time::sleep_until(first.until - Duration::from_secs(30)).await;
        let start = Instant::now();
        let (renewing, waiting) = tokio::join!(cow.get(None), async {
            sleep(Duration::from_millis(1)).await;
            (cow.get(None).await.expect("milk").batch, start.elapsed())
        });
        assert_eq!(renewing.expect("milk").batch, 2);
        assert_eq!(waiting, (1, Duration::from_millis(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_early_renewal_is_not_tried_at_every_call() {
        let cow = Cow::default();
        let first = cow.get(None).await.expect("milk");
        cow.failing.set(Some(FailureKind::Unavailable));
        tokio::time::sleep_until(first.until - Duration::from_secs(30)).await;
        for _ in 0..5 {
            assert_eq!(cow.get(None).await.expect("milk").batch, 1);
        }
        assert_eq!(cow.batches.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_final_refusal_is_remembered_for_a_moment() {
        let cow = Cow::default();
        cow.failing.set(Some(FailureKind::Denied));
        for _ in 0..5 {
            assert_eq!(cow.get(None).await.expect_err("denied").failure.kind, FailureKind::Denied);
        }
        assert_eq!(cow.batches.get(), 1);
        cow.failing.set(None);
        sleep(REFUSED_FOR).await;
        assert_eq!(cow.get(None).await.expect("milk").batch, 2);
    }
}
