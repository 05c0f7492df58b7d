//! A scripted HTTP server for the clients' tests, which can also misbehave below HTTP.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as the fake saw it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path as it was sent, still encoded, without the query.
    pub path: String,
    /// The query, decoded.
    pub query: HashMap<String, String>,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A parameter of the query, empty where it is missing.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// How an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    Half,
    Dropped,
    Hanging,
}

/// What the fake does about a request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    manner: Manner,
}

impl Answer {
    /// JSON with that status.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string()).header("Content-Type", "application/json")
    }

    /// Text without a type.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO, manner: Manner::Whole }
    }

    /// A web page.
    #[must_use]
    pub fn html(status: u16) -> Self {
        Self::text(status, "<html><body>Dienst nicht verfügbar</body></html>").header("Content-Type", "text/html")
    }

    /// Closes the connection without a word.
    #[must_use]
    pub fn dropped() -> Self {
        Self { manner: Manner::Dropped, ..Self::text(200, "") }
    }

    /// Keeps the connection open and says nothing.
    #[must_use]
    pub fn hanging() -> Self {
        Self { manner: Manner::Hanging, ..Self::text(200, "") }
    }

    /// The same, but the connection breaks in the middle of the body.
    #[must_use]
    pub fn half(self) -> Self {
        Self { manner: Manner::Half, ..self }
    }

    /// The same, later.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A server on a free port of 127.0.0.1; ends when dropped.
pub struct Fake {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

impl Fake {
    /// Serves what `script` says.
    ///
    /// # Panics
    /// Where no port is to be had.
    pub async fn serve(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::default();
        let serving = tokio::spawn(accept(listener, Arc::new(script), Arc::clone(&asked)));
        Self { address, asked, serving }
    }

    /// The server's address, with a path.
    ///
    /// # Panics
    /// Where `path` is none.
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.address).parse().expect("a URL")
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests had that method and a path that ends so.
    #[must_use]
    pub fn count(&self, method: &str, path_end: &str) -> usize {
        self.asked().iter().filter(|asked| asked.method == method && asked.path.ends_with(path_end)).count()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn accept(listener: TcpListener, script: Arc<Script>, asked: Arc<Mutex<Vec<Asked>>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (script, asked) = (Arc::clone(&script), Arc::clone(&asked));
        connections.spawn(async move { serve(stream, &*script, &asked).await });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, script: &Script, asked: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let answer = script(&request);
    tokio::time::sleep(answer.delay).await;
    match answer.manner {
        Manner::Dropped => return None,
        Manner::Hanging => std::future::pending().await,
        Manner::Whole | Manner::Half => {}
    }
    let mut head = format!("HTTP/1.1 {} Fake\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let sent = if answer.manner == Manner::Half { answer.body.len() / 2 } else { answer.body.len() };
    stream.write_all(format!("{head}\r\n").as_bytes()).await.ok()?;
    stream.write_all(&answer.body[..sent]).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let url = Url::parse(&format!("http://fake{target}")).ok()?;
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked { method, path: url.path().to_owned(), query: url.query_pairs().into_owned().collect(), headers, body })
}
