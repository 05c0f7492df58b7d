//! What tests need: a redis-server of their own, a receiver of traces, and waiting for a condition with a deadline.

mod otlp;
mod port;
mod process;
mod redis_cluster;
mod redis_server;
mod sentinels;
mod tls;
mod wait;

pub use otlp::{OtlpReceiver, attribute};
pub use port::free_port;
pub use process::{Signal, signal};
pub use redis_cluster::RedisCluster;
pub use redis_server::{RedisOptions, RedisServer};
pub use sentinels::{Sentinel, Sentinels};
pub use wait::{wait_until, wait_until_within};
