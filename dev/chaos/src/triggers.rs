//! People, schedules and pushes that ask for work all the time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_queue::{Origin, Queue, Trigger};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ledger::now_us;

/// A trigger that was answered with yes.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) key: String,
    pub(crate) run_id: String,
    pub(crate) joined: bool,
    pub(crate) sent_us: u64,
    pub(crate) answered_us: u64,
}

/// Everything that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) refused: u64,
}

/// Asks from several places at once until it is told to stop.
#[derive(Debug)]
pub(crate) struct Askers {
    asked: Arc<Mutex<Asked>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Askers {
    pub(crate) fn start(queue: &Queue, keys: &[String], seed: u64) -> Self {
        let askers = Self { asked: Arc::default(), stop: CancellationToken::new(), tasks: TaskTracker::new() };
        for number in 0..4 {
            let rng = StdRng::seed_from_u64(seed.wrapping_add(number));
            let ask = ask(queue.clone(), keys.to_vec(), rng, Arc::clone(&askers.asked));
            askers.tasks.spawn(askers.stop.clone().run_until_cancelled_owned(ask));
        }
        askers
    }

    /// Stops asking; what was asked.
    pub(crate) async fn stop(self) -> Asked {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        std::mem::take(&mut self.asked.lock().expect("no asker panics"))
    }
}

async fn ask(queue: Queue, keys: Vec<String>, mut rng: StdRng, asked: Arc<Mutex<Asked>>) {
    const ORIGINS: [Origin; 4] = [Origin::Person, Origin::Push, Origin::Cron, Origin::Other];
    loop {
        tokio::time::sleep(Duration::from_millis(rng.random_range(2..30))).await;
        let key = match rng.random_range(0..400) {
            0 => queue.settings().all_key.clone(),
            number => keys[number % keys.len()].clone(),
        };
        let trigger = Trigger::new(&key, ORIGINS[rng.random_range(0..ORIGINS.len())]);
        let sent_us = now_us();
        let answer = queue.trigger(&trigger).await;
        let mut asked = asked.lock().expect("no asker panics");
        match answer {
            Ok(triggered) => asked.accepted.push(Accepted {
                key,
                joined: triggered.joined(),
                run_id: triggered.run_id,
                sent_us,
                answered_us: now_us(),
            }),
            Err(_) => asked.refused += 1,
        }
    }
}
