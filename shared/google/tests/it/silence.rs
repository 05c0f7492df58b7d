use std::io;
use std::sync::{Arc, Mutex};

use advosync_sync::ports::Google as _;
use advosync_upstream::fake::Answer;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::google::{Google, in_turn, object, refusal};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_confidential_is_logged_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let spans = tracing_subscriber::fmt::format::FmtSpan::CLOSE;
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(spans)
        .with_writer(move || writer.clone())
        .init();

    let event = json!({"id": "awabendroth", "summary": "Mandantin Abendroth", "description": "Scheidung"});
    let google =
        Google::open(in_turn(vec![Answer::json(200, &event), Answer::html(503), refusal(400, "invalid"), Answer::dropped()]))
            .await;
    let client = google.client().await;
    client.get("anna@example.org", "awabendroth").await.expect("found");
    let failures = [
        client.update("anna@example.org", "awabendroth", "\"1\"", &object(event.clone())).await.expect_err("a page").to_string(),
        client.insert("anna@example.org", &object(event)).await.expect_err("refused").to_string(),
        client.list("anna@example.org", Some("synctoken")).await.expect_err("dropped").to_string(),
    ];

    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text") + &failures.concat();
    assert!(log.contains("events.update") && log.contains("503"), "the spans are there");
    for secret in ["bendroth", "Scheidung", "anna", "token-1", "assertion", "eyJ", "synctoken"] {
        assert!(!log.contains(secret), "{secret} was logged");
    }
}
