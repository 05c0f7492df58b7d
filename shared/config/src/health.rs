//! Where a program without an api shows its health.

use std::net::SocketAddr;

use crate::api::read_bind;
use crate::{Reader, Settings};

/// The address of `/healthz`, `/readyz` and `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthConfig {
    /// Address to listen on; port 0 takes a free one.
    pub bind: SocketAddr,
}

impl Settings for HealthConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self { bind: read_bind(reader, "HEALTH_BIND") }
    }
}
