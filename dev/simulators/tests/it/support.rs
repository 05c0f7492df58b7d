//! Simulators with a client that is signed in.

use std::sync::LazyLock;

use advosync_simulators::{
    AdvowareConfig, AdvowareCredentials, AdvowareSimulator, GoogleConfig, GoogleSimulator, ServiceAccount,
};
use base64::{Engine, prelude::*};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use rsa::{
    PrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey,
    sha2::Sha256,
    signature::{SignatureEncoding, Signer},
};
use serde_json::{Map, Value, json};
use sha2::Sha512;
use uuid::Uuid;

/// One key pair for all tests: making one takes a while.
static ACCOUNT: LazyLock<ServiceAccount> = LazyLock::new(|| ServiceAccount::generate().expect("a key pair"));

pub(crate) const SCOPE: &str = "https://www.googleapis.com/auth/calendar";

/// An answer: status, headers, and the body as JSON (or as a string where it is none).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The reason inside a Google error.
    pub(crate) fn reason(&self) -> &str {
        self.body["error"]["errors"][0]["reason"].as_str().unwrap_or_default()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that it went well.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }

    /// Asserts a refusal.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, reason: &str) -> Self {
        assert_eq!((self.status, self.reason()), (status, reason), "{self:?}");
        self
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status, headers, body }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

fn http() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// A simulated Google Calendar and a client with a token.
pub(crate) struct Google {
    pub(crate) simulator: GoogleSimulator,
    pub(crate) http: Client,
    pub(crate) token: String,
}

impl Google {
    pub(crate) async fn start() -> Self {
        Self::with(GoogleConfig::default()).await
    }

    pub(crate) async fn with(mut config: GoogleConfig) -> Self {
        config.account = Some(ACCOUNT.clone());
        let simulator = GoogleSimulator::start(config).await.expect("a simulator");
        let mut google = Self { simulator, http: http(), token: String::new() };
        google.token = google.sign_in(&google.claims()).await.text("access_token");
        google
    }

    /// Claims that are accepted.
    pub(crate) fn claims(&self) -> Value {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock after 1970").as_secs();
        json!({
            "iss": ACCOUNT.email(), "aud": self.simulator.token_uri(), "scope": SCOPE,
            "iat": now, "exp": now + 3_600,
        })
    }

    /// A signed assertion.
    pub(crate) fn assertion(claims: &Value) -> String {
        let file = ACCOUNT.to_json("");
        let pem = file["private_key"].as_str().expect("a key");
        let key = SigningKey::<Sha256>::new(PrivateKey::from_pkcs8_pem(pem).expect("a key"));
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&json!({"alg": "RS256", "typ": "JWT"})), encode(claims));
        let signature = key.sign(message.as_bytes()).to_bytes();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) async fn sign_in(&self, claims: &Value) -> Answer {
        self.exchange(&Self::assertion(claims)).await
    }

    pub(crate) async fn exchange(&self, assertion: &str) -> Answer {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        send(self.http.post(self.simulator.token_uri()).form(&form)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.simulator.url())).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// A new calendar in Berlin; returns the path of its events.
    pub(crate) async fn calendar(&self, name: &str) -> String {
        let body = json!({"summary": name, "timeZone": "Europe/Berlin"});
        let id = self.post("calendars", body).await.good().text("id");
        format!("calendars/{id}/events")
    }
}

/// A timed event of an hour in Berlin.
pub(crate) fn event(summary: &str, day: &str) -> Value {
    json!({
        "summary": summary,
        "start": {"dateTime": format!("{day}T09:00:00"), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": format!("{day}T10:00:00"), "timeZone": "Europe/Berlin"},
    })
}

/// The value with some members changed.
pub(crate) fn with(value: Value, changes: Value) -> Value {
    let mut members = object(value);
    members.extend(object(changes));
    Value::Object(members)
}

/// A simulated Advoware and a client with a token.
pub(crate) struct Advoware {
    pub(crate) simulator: AdvowareSimulator,
    pub(crate) http: Client,
    pub(crate) token: String,
}

impl Advoware {
    pub(crate) async fn start() -> Self {
        Self::with(AdvowareConfig {
            employees: vec![
                object(json!({"kuerzel": "PB", "aktiv": true, "id": 1})),
                object(json!({"kuerzel": "AI", "aktiv": true, "id": 2})),
                object(json!({"kuerzel": "HW", "aktiv": false, "id": 3})),
            ],
            ..AdvowareConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: AdvowareConfig) -> Self {
        let simulator = AdvowareSimulator::start(config).await.expect("a simulator");
        let mut advoware = Self { simulator, http: http(), token: String::new() };
        advoware.token = advoware.sign_in(&advoware.token_request()).await.good().text("access_token");
        advoware
    }

    /// A token request that is accepted once.
    pub(crate) fn token_request(&self) -> Value {
        let stamp: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
        let stamp = stamp.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        self.token_request_at(&stamp)
    }

    pub(crate) fn token_request_at(&self, stamp: &str) -> Value {
        let credentials = self.simulator.credentials();
        let nonce = Uuid::new_v4().to_string();
        json!({
            "AppID": credentials.app_id,
            "Kanzlei": credentials.kanzlei,
            "Database": credentials.database,
            "User": credentials.user,
            "Role": credentials.role,
            "Product": credentials.product_id,
            "Password": credentials.password,
            "Nonce": nonce,
            "HMAC512Signature": signature(credentials, &nonce, stamp),
            "RequestTimeStamp": stamp,
        })
    }

    pub(crate) async fn sign_in(&self, request: &Value) -> Answer {
        let url = format!("{}api/v1/Token", self.simulator.url());
        send(self.http.post(url).json(request)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}api/v1/advonet/{path}", self.simulator.url());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn list(&self, kuerzel: &str, from: &str, to: &str) -> Vec<Value> {
        let query = [("kuerzel", kuerzel), ("from", from), ("to", to)];
        let answer = send(self.request(Method::GET, "Termine").query(&query)).await;
        answer.good().body.as_array().expect("an array").clone()
    }

    pub(crate) async fn create(&self, body: Value) -> Answer {
        send(self.request(Method::POST, "Termine").json(&body)).await
    }

    pub(crate) async fn created(&self, body: Value) -> i64 {
        let answer = self.create(body).await.good();
        answer.body.as_i64().expect("a number")
    }

    pub(crate) async fn one(&self, number: i64) -> Answer {
        self.get(&format!("Termine?frnr={number}")).await
    }

    pub(crate) async fn update(&self, number: i64, body: &Value) -> Answer {
        let path = format!("Termine?frnr={number}");
        send(self.request(Method::PUT, &path).json(body)).await
    }

    pub(crate) async fn delete(&self, number: i64) -> Answer {
        let path = format!("Termine?frnr={number}");
        send(self.request(Method::DELETE, &path)).await
    }
}

fn signature(credentials: &AdvowareCredentials, nonce: &str, stamp: &str) -> String {
    let key = BASE64_STANDARD.decode(&credentials.api_key).expect("a key");
    let mut mac = Hmac::<Sha512>::new_from_slice(&key).expect("a key");
    let (product, app) = (credentials.product_id, &credentials.app_id);
    mac.update(format!("{product}:{app}:{nonce}:{stamp}").as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// An appointment of an hour for PB.
pub(crate) fn appointment(day: &str) -> Value {
    json!({
        "text": "Besprechung", "datum": format!("{day}T09:00:00"), "uhrzeitVon": "09:00:00",
        "datumBis": format!("{day}T00:00:00"), "uhrzeitBis": "10:00:00",
        "vorbereitungsDauer": "00:00:00", "sb": "PB", "anwalt": "PB",
    })
}
