//! Who comes in.

use reqwest::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Plan, World, problem};

/// Everything that needs a token, with a method that it knows.
const GUARDED: [(Method, &str); 29] = [
    (Method::POST, "/advoware/calendar/sync"),
    (Method::GET, "/runs"),
    (Method::GET, "/runs/0192f3a4-0000-7000-8000-000000000000"),
    (Method::GET, "/employees"),
    (Method::GET, "/employees/PB"),
    (Method::GET, "/employees/PB/plan"),
    (Method::POST, "/employees/PB/release"),
    (Method::GET, "/dead-letters"),
    (Method::DELETE, "/dead-letters"),
    (Method::POST, "/dead-letters/requeue"),
    (Method::POST, "/dead-letters/1-0/requeue"),
    (Method::DELETE, "/dead-letters/1-0"),
    (Method::GET, "/queue"),
    (Method::GET, "/workers"),
    (Method::GET, "/journal"),
    (Method::GET, "/events"),
    (Method::GET, "/metrics"),
    (Method::GET, "/openapi.json"),
    (Method::GET, "/runs/0192f3a4-0000-7000-8000-000000000000/report"),
    (Method::GET, "/runs/0192f3a4-0000-7000-8000-000000000000/undo"),
    (Method::POST, "/runs/0192f3a4-0000-7000-8000-000000000000/undo"),
    (Method::POST, "/employees/PB/restore"),
    (Method::GET, "/queue/doctor"),
    (Method::GET, "/calendars"),
    (Method::GET, "/drift"),
    (Method::GET, "/employees/PB/drift"),
    (Method::GET, "/appointments/1"),
    (Method::GET, "/google/events/advonone"),
    (Method::GET, "/nowhere"),
];

#[tokio::test]
async fn nobody_comes_in_without_a_valid_token() {
    let world = World::start(Plan::default()).await;
    for (method, path) in GUARDED {
        let response = world.bare(method.clone(), path).send().await.unwrap();
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"), "{path}");
        problem(response, 401, "unauthenticated").await;
        for wrong in ["Bearer wrong", "Bearer operator-secre", "Bearer operator-secretx", "Basic operator-secret", "Bearer", ""] {
            let response = world.bare(method.clone(), path).header("authorization", wrong).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path} {wrong}");
        }
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(world.bare(Method::GET, path).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_viewer_looks_and_does_nothing() {
    let world = World::start(Plan::default()).await;
    let ask = |method: Method, path: &str| world.bare(method, path).bearer_auth("viewer-secret");
    assert_eq!(ask(Method::GET, "/runs").send().await.unwrap().status(), StatusCode::OK);
    for (method, path) in GUARDED.into_iter().filter(|(method, _)| *method != Method::GET) {
        problem(ask(method, path).send().await.unwrap(), 403, "forbidden").await;
    }
}

#[tokio::test]
async fn without_tokens_only_this_machine_is_answered() {
    let world = World::start(Plan::default().without_tokens()).await;
    let ask = || world.bare(Method::GET, "/runs");
    assert_eq!(ask().send().await.unwrap().status(), StatusCode::OK);
    let own = world.url("");
    assert_eq!(ask().header("origin", &own).send().await.unwrap().status(), StatusCode::OK);
    for (name, value) in
        [("host", "evil.example"), ("host", "evil.example:3000"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        problem(ask().header(name, value).send().await.unwrap(), 403, "foreign-origin").await;
        let trigger = world.bare(Method::POST, "/advoware/calendar/sync").header(name, value).body(r#"{"kuerzel":"ALL"}"#);
        problem(trigger.send().await.unwrap(), 403, "foreign-origin").await;
    }
    let trigger = world.bare(Method::POST, "/advoware/calendar/sync").body(r#"{"kuerzel":"ALL"}"#).send().await.unwrap();
    assert_eq!(trigger.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn answers_carry_what_keeps_browsers_careful() {
    let world = World::start(Plan::default()).await;
    for path in ["/runs", "/nowhere", "/healthz"] {
        let response = world.get(path).header("x-request-id", "my-request").send().await.unwrap();
        let headers = response.headers();
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-request-id"], "my-request");
        assert_eq!(headers["cache-control"], "no-store");
    }
    let response = world.get("/runs").send().await.unwrap();
    assert_eq!(response.headers()["x-request-id"].len(), 36);
}

#[tokio::test]
async fn a_refused_request_leaves_its_connection_open() {
    let world = World::start(Plan::default()).await;
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let body = r#"{"kuerzel":"ALL"}"#;
    let head =
        format!("POST /advoware/calendar/sync HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n", world.address, body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, "HTTP/1.1 401 Unauthorized");
    let next = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", world.address);
    stream.write_all(next.as_bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, "HTTP/1.1 200 OK");
}

/// The status line of the next answer, which is read to its end.
async fn status(stream: &mut tokio::net::TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.unwrap();
    head.lines().next().unwrap().to_owned()
}
