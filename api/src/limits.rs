//! How often one address may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Requests a second from one address in the long run, and at once.
const REQUESTS: (NonZeroU32, NonZeroU32) = (NonZeroU32::new(2_000).unwrap(), NonZeroU32::new(20_000).unwrap());
/// Attempts to sign in from one address, a second and at once: enough for people, too few to guess.
const SIGN_INS: (NonZeroU32, NonZeroU32) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(60).unwrap());
/// How often addresses that were long quiet are forgotten.
const TIDY: Duration = Duration::from_secs(60);

/// The limits of one api process.
#[derive(Clone)]
pub(crate) struct Limits {
    requests: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    sign_ins: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        let limiter = |(rate, burst)| Arc::new(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)));
        Self { requests: limiter(REQUESTS), sign_ins: limiter(SIGN_INS) }
    }

    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        self.requests.check_key(&address).is_ok()
    }

    pub(crate) fn admits_sign_in(&self, address: IpAddr) -> bool {
        self.sign_ins.check_key(&address).is_ok()
    }

    /// Forgets whoever was quiet for long; never ends by itself.
    pub(crate) async fn tidy(&self) {
        loop {
            tokio::time::sleep(TIDY).await;
            self.requests.retain_recent();
            self.sign_ins.retain_recent();
        }
    }
}
