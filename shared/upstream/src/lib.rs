//! What both remote systems' clients share: one HTTP exchange with time-outs and telemetry, a circuit
//! breaker, and retries with full jitter that never forget an uncertain outcome.
mod breaker;
mod clock;
#[cfg(feature = "fake")]
pub mod fake;
mod observer;
mod renewable;
mod reply;
mod retry;
mod tls;
mod transport;

pub use breaker::{Breaker, BreakerSettings, CircuitState};
pub use clock::now;
pub use observer::{Exchanged, NoObserver, Observer};
pub use renewable::{Need, Perishable, Renewable};
pub use reply::Reply;
pub use retry::{RetryBudget, RetryPolicy, Setback, persist};
pub use tls::tls_config;
pub use transport::{Exchange, NoReply, SetupError, Timeouts, Transport, record_address};
