//! The link to Redis: one handle for short commands, connections of their own for blocking
//! reads and for threads, and errors sorted by what to do about them.

mod bulk;
mod connect;
mod dedicated;
mod error;
mod handle;
mod script;
mod settings;

pub use dedicated::Dedicated;
pub use error::LinkError;
pub use handle::Redis;
pub use script::Script;
pub use settings::{BadRedisUrl, RedisAddress, RedisSettings};
