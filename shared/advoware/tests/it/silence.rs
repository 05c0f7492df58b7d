use std::io;
use std::sync::{Arc, Mutex};

use advosync_sync::ports::Advoware;
use advosync_upstream::fake::Answer;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::office::{Office, in_turn, object};

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

    let termin = json!({"frNr": 77_001, "text": "Mandantin Abendroth", "notiz": "Scheidung"});
    let read = Answer::json(200, &termin);
    let office =
        Office::open(in_turn(vec![read, Answer::html(503), Answer::text(400, "Mandantin Abendroth fehlt"), Answer::dropped()]))
            .await;
    let client = office.client();
    client.get(77_001).await.expect("found");
    let failures = [
        client.update(77_001, &object(termin.clone())).await.expect_err("a page").to_string(),
        client.create(&object(termin)).await.expect_err("refused").to_string(),
        client
            .list("QX", "2026-01-01".parse().expect("a day"), "2026-01-02".parse().expect("a day"))
            .await
            .expect_err("dropped")
            .to_string(),
    ];

    let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text") + &failures.concat();
    assert!(log.contains("termine.update") && log.contains("503"), "the spans are there");
    for secret in ["Abendroth", "Scheidung", "geheim", "dGVzdC1zZWNyZXQta2V5", "token-1", "77001", "QX"] {
        assert!(!log.contains(secret), "{secret} was logged");
    }
}
