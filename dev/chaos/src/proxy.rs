//! A proxy before Redis that stalls, cuts, and lets connections die without a word.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the proxy does now.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Nothing passes; nothing is closed.
    stalled: bool,
    /// Connections up to this generation are closed.
    cut: u64,
    /// To connections up to this generation no answer comes any more, and no end either.
    deaf: u64,
    /// Number that the next connections get.
    generation: u64,
}

/// A running proxy; it ends with its runtime.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    weather: Arc<watch::Sender<Weather>>,
}

impl Proxy {
    pub(crate) async fn start(redis_port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let weather = Arc::new(watch::Sender::new(Weather { generation: 1, ..Weather::default() }));
        let told = Arc::clone(&weather);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (weather, generation) = (told.subscribe(), told.borrow().generation);
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", redis_port)).await {
                        carry(client, server, generation, weather).await;
                    }
                });
            }
        });
        Ok(Self { port, weather })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn stall(&self, stalled: bool) {
        self.weather.send_modify(|weather| weather.stalled = stalled);
    }

    /// Closes every connection there is.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|weather| {
            weather.cut = weather.generation;
            weather.generation += 1;
        });
    }

    /// No connection that there is hears anything any more.
    pub(crate) fn deafen(&self) {
        self.weather.send_modify(|weather| {
            weather.deaf = weather.generation;
            weather.generation += 1;
        });
    }
}

async fn carry(client: TcpStream, server: TcpStream, generation: u64, weather: watch::Receiver<Weather>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut cut = weather.clone();
    tokio::select! {
        _ = cut.wait_for(|now| now.cut >= generation) => {}
        () = pass(from_client, to_server, weather.clone(), |_| false) => {}
        () = pass(from_server, to_client, weather, move |now| now.deaf >= generation) => {}
    }
}

/// Carries one direction until its end; what is `swallowed` goes nowhere, its end neither.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    swallowed: impl Fn(&Weather) -> bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if weather.wait_for(|now| !now.stalled).await.is_err() {
            return;
        }
        if swallowed(&weather.borrow()) {
            if read == 0 {
                return std::future::pending().await;
            }
            continue;
        }
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
