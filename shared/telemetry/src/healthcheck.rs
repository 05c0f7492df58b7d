//! A container's own health check, since its image has neither shell nor curl.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Why a program does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// The address has port 0: nobody can know which port was taken.
    #[error("a fixed port is needed for a health check, the address ends with :0")]
    NoPort,
    /// Nobody answers.
    #[error("no answer from {address}")]
    Unreachable {
        /// Who was asked.
        address: SocketAddr,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The answer is not 200.
    #[error("{path} answers {status}")]
    Unhealthy {
        /// What was asked for.
        path: String,
        /// The status line's code, or what stood in its place.
        status: String,
    },
}

/// Asks the program that listens on `bind` for `path`, such as `/healthz`, within 3 s.
///
/// # Errors
/// A port that can't be known, no answer, or another status than 200.
pub fn healthcheck(bind: SocketAddr, path: &str) -> Result<(), HealthcheckError> {
    if bind.port() == 0 {
        return Err(HealthcheckError::NoPort);
    }
    let address = reachable(bind);
    let status = ask(address, path).map_err(|source| HealthcheckError::Unreachable { address, source })?;
    if status == "200" { Ok(()) } else { Err(HealthcheckError::Unhealthy { path: path.to_owned(), status }) }
}

/// An address that listens everywhere is asked on loopback.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let address = match bind.ip() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    };
    SocketAddr::new(address, bind.port())
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    // `HTTP/1.1 200`: all that is needed.
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start[9..]).into_owned())
}
