//! What can go wrong on the way to Redis, sorted by what to do about it.

use redis::RedisError;

/// An answer of Redis that means "ask again, on a new connection, perhaps of another master".
const TRANSIENT: [&str; 9] =
    ["READONLY", "LOADING", "MASTERDOWN", "UNBLOCKED", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MOVED", "BUSY "];

/// A failed exchange with Redis.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Redis is away, starting, failing over or too slow. Ask again later.
    #[error("redis is unavailable ({reason})")]
    Unavailable {
        /// Error code or kind of failure, never an address or an argument.
        reason: &'static str,
        /// What the client saw, where it saw anything.
        #[source]
        source: Option<RedisError>,
    },
    /// Redis has reached `maxmemory` and evicts nothing; nothing was written.
    #[error("redis is full")]
    Full,
    /// The user may not do this, or could not sign in.
    #[error("redis denies access")]
    Denied(#[source] RedisError),
    /// The lease that fenced this step belongs to somebody else, or is gone. Nothing was written.
    #[error("the lease is no longer held")]
    StaleLease,
    /// Anything else: a bug, or a server that is too old.
    #[error("redis refused a command")]
    Refused(#[source] RedisError),
}

impl LinkError {
    /// Whether the same step may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Full)
    }

    pub(crate) fn deadline() -> Self {
        Self::Unavailable { reason: "deadline", source: None }
    }

    /// Whether the connection must not be used again.
    pub(crate) fn breaks_connection(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether another node of the cluster, which is known by now, should be asked at once.
    pub(crate) fn is_redirect(&self) -> bool {
        matches!(self, Self::Unavailable { reason: "MOVED", .. })
    }

    /// A short word for metrics and for `reason` fields.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { reason, .. } => reason,
            Self::Full => "OOM",
            Self::Denied(_) => "NOPERM",
            Self::StaleLease => "STALELEASE",
            Self::Refused(_) => "refused",
        }
    }
}

impl From<RedisError> for LinkError {
    /// Sorts by the error's code; the code is also looked for inside the text, where servers
    /// before 7.0 and proxies nest it in a script's error.
    fn from(error: RedisError) -> Self {
        if error.is_io_error() || error.is_unrecoverable_error() {
            let reason = if error.is_timeout() { "deadline" } else { "connection" };
            return Self::Unavailable { reason, source: Some(error) };
        }
        let text = error.to_string();
        let code = error.code().unwrap_or_default();
        let says = |word: &str| code == word.trim_end() || text.contains(word);
        if says("STALELEASE") {
            return Self::StaleLease;
        }
        if says("OOM command not allowed") || code == "OOM" {
            return Self::Full;
        }
        if let Some(reason) = TRANSIENT.into_iter().find(|word| says(word)) {
            return Self::Unavailable { reason: reason.trim_end(), source: Some(error) };
        }
        if ["NOPERM", "NOAUTH", "WRONGPASS", "no permissions"].into_iter().any(says)
            || error.kind() == redis::ErrorKind::AuthenticationFailed
        {
            return Self::Denied(error);
        }
        Self::Refused(error)
    }
}

/// Whether a script has to be loaded (again) before it can run.
pub(crate) fn is_noscript(error: &RedisError) -> bool {
    error.code() == Some("NOSCRIPT") || error.to_string().contains("NOSCRIPT")
}

#[cfg(test)]
mod tests {
    use redis::make_extension_error;

    use super::*;

    fn sorted(code: &str, detail: &str) -> LinkError {
        LinkError::from(make_extension_error(code.into(), Some(detail.into())))
    }

    #[test]
    fn failover_answers_are_transient_even_when_nested() {
        for code in ["READONLY", "LOADING", "MASTERDOWN", "UNBLOCKED", "CLUSTERDOWN", "NOREPLICAS"] {
            assert_eq!(sorted(code, "x").code(), code);
            assert!(sorted(code, "x").is_transient());
            let nested = sorted("ERR", &format!("Error running script (call to f_12): @user_script:3: -{code} no"));
            assert!(nested.is_transient(), "{code}");
            assert!(nested.breaks_connection());
        }
    }

    #[test]
    fn full_denied_and_stale_are_told_apart() {
        assert!(matches!(sorted("OOM", "command not allowed when used memory > 'maxmemory'."), LinkError::Full));
        assert!(matches!(sorted("ERR", "script: x -OOM command not allowed when used memory"), LinkError::Full));
        assert!(matches!(sorted("NOPERM", "no"), LinkError::Denied(_)));
        assert!(matches!(sorted("STALELEASE", "no"), LinkError::StaleLease));
        assert!(matches!(sorted("ERR", "syntax error"), LinkError::Refused(_)));
        assert!(!sorted("ERR", "syntax error").is_transient());
    }
}
