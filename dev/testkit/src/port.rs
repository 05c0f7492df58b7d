//! Free TCP ports.

use std::{io, net::TcpListener};

/// A port on the loopback address that nothing listens on now.
///
/// # Errors
/// When no socket can be bound.
pub fn free_port() -> io::Result<u16> {
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        if port != 6379 {
            return Ok(port);
        }
    }
}
