//! Lua scripts by their digest.

use redis::{Cmd, ToRedisArgs};

/// A Lua script, called by its SHA-1 and loaded by whoever meets `NOSCRIPT`.
#[derive(Debug, Clone)]
pub struct Script {
    code: String,
    digest: String,
}

impl Script {
    /// Joins the parts of a script into one.
    #[must_use]
    pub fn new(parts: &[&str]) -> Self {
        let code = parts.join("\n");
        let digest = redis::Script::new(&code).get_hash().to_owned();
        Self { code, digest }
    }

    /// The call with its keys; the caller adds the arguments.
    pub fn call<K: ToRedisArgs>(&self, keys: &[K]) -> Cmd {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.digest).arg(keys.len());
        for key in keys {
            cmd.arg(key);
        }
        cmd
    }

    pub(crate) fn load_command(&self) -> Cmd {
        let mut cmd = redis::cmd("SCRIPT");
        cmd.arg("LOAD").arg(&self.code);
        cmd
    }
}
