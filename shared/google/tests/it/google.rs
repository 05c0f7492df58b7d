//! A scripted Google: token endpoint and Calendar API behind one address.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_google::{Dependencies, GoogleClient, GoogleSettings, Quota, ServiceAccount};
use advosync_sync::ports::Object;
use advosync_upstream::fake::{Answer, Asked, Fake};
use advosync_upstream::{RetryPolicy, Timeouts};
use serde_json::{Value, json};

pub(crate) const EVENTS: &str = "/calendar/v3/calendars/cal/events";

type Api = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A fake whose tokens are `token-1`, `token-2` and so on, each valid until the next `revoke`.
pub(crate) struct Google {
    pub(crate) fake: Fake,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    issued: AtomicUsize,
    valid_from: AtomicUsize,
    login: Mutex<Option<Answer>>,
}

impl Google {
    /// A Google that lets everybody in, and whose API answers so.
    pub(crate) async fn open(api: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let state = Arc::new(State::default());
        let seen = Arc::clone(&state);
        let fake = Fake::serve(move |asked| seen.answer(asked, &api)).await;
        Self { fake, state }
    }

    /// A Google that gives one and the same answer.
    pub(crate) async fn saying(status: u16, body: Value) -> Self {
        Self::open(move |_| Answer::json(status, &body)).await
    }

    /// Instead of a token, this.
    pub(crate) fn refuse_login(&self, answer: Option<Answer>) {
        *self.state.login.lock().expect("no panic") = answer;
    }

    /// Every token issued so far is refused from now on.
    pub(crate) fn revoke(&self) {
        self.state.valid_from.store(self.state.issued.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(crate) fn tokens_issued(&self) -> usize {
        self.state.issued.load(Ordering::SeqCst)
    }

    pub(crate) fn account(&self) -> ServiceAccount {
        let key = format!("-----BEGIN {0}-----\n{1}-----END {0}-----\n", "PRIVATE KEY", include_str!("test-key.b64"));
        let json = json!({"type": "service_account", "client_email": "sync@project.iam.gserviceaccount.com", "private_key": key, "token_uri": self.fake.url("/token").as_str()});
        ServiceAccount::parse(&json.to_string()).expect("a service account")
    }

    pub(crate) fn settings(&self) -> GoogleSettings {
        let mut settings = GoogleSettings::new(self.account(), self.fake.url("/calendar/v3/"));
        settings.timeouts = Timeouts::within(Duration::from_secs(5));
        settings.retry = RetryPolicy { base: Duration::from_millis(5), ..RetryPolicy::default() };
        settings
    }

    pub(crate) async fn client(&self) -> GoogleClient {
        self.client_with(self.settings(), Dependencies::default()).await
    }

    pub(crate) async fn rationed(&self, quota: Arc<dyn Quota>) -> GoogleClient {
        self.client_with(self.settings(), Dependencies { quota, ..Dependencies::default() }).await
    }

    pub(crate) async fn client_with(&self, settings: GoogleSettings, dependencies: Dependencies) -> GoogleClient {
        GoogleClient::new(settings, dependencies).await.expect("a client")
    }

    /// The requests to the API, without those for tokens.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.fake.asked().into_iter().filter(|asked| asked.path != "/token").collect()
    }
}

impl State {
    fn answer(&self, asked: &Asked, api: &Api) -> Answer {
        if asked.path == "/token" {
            return match &*self.login.lock().expect("no panic") {
                Some(answer) => answer.clone(),
                None => {
                    let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
                    Answer::json(
                        200,
                        &json!({"access_token": format!("token-{number}"), "expires_in": 3600, "token_type": "Bearer"}),
                    )
                }
            };
        }
        let number =
            asked.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer token-")?.parse::<usize>().ok());
        if number.is_none_or(|number| number <= self.valid_from.load(Ordering::SeqCst)) {
            return refusal(401, "authError");
        }
        api(asked)
    }
}

/// Google's way of saying no.
pub(crate) fn refusal(status: u16, reason: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"code": status, "message": "x", "errors": [{"domain": "x", "reason": reason, "message": "x"}]}}),
    )
}

pub(crate) fn object(value: Value) -> Object {
    value.as_object().expect("an object").clone()
}

/// The answers one after the other, the last one for ever.
pub(crate) fn in_turn(answers: Vec<Answer>) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    let next = AtomicUsize::new(0);
    move |_| answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)].clone()
}
