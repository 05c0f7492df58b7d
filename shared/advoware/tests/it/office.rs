//! A scripted Advoware: discovery, security gateway and API behind one address.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_advoware::{AdvowareClient, AdvowareSettings, Credentials, Dependencies};
use advosync_sync::ports::Object;
use advosync_upstream::fake::{Answer, Asked, Fake};
use advosync_upstream::{RetryPolicy, Timeouts};
use serde_json::{Value, json};

pub(crate) const TERMINE: &str = "/api/v1/advonet/Termine";
pub(crate) const TOKEN: &str = "/api/v1/Token";

/// The API's part of the script.
pub(crate) type Api = dyn Fn(&Asked) -> Answer + Send + Sync;

/// A fake whose tokens are `token-1`, `token-2` and so on, each valid until the next `revoke`.
pub(crate) struct Office {
    pub(crate) fake: Fake,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    issued: AtomicUsize,
    valid_from: AtomicUsize,
    login: Mutex<Option<Answer>>,
}

impl Office {
    /// An office that knows everybody, and whose API answers so.
    pub(crate) async fn open(api: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let state = Arc::new(State::default());
        let seen = Arc::clone(&state);
        let fake = Fake::serve(move |asked| seen.answer(asked, &api)).await;
        Self { fake, state }
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

    pub(crate) fn settings(&self) -> AdvowareSettings {
        let mut settings = AdvowareSettings::new(credentials(), self.fake.url("/discovery"));
        settings.api_base = Some(self.fake.url(""));
        settings.security_base = Some(self.fake.url(""));
        settings.timeouts = Timeouts::within(Duration::from_secs(5));
        settings.retry = RetryPolicy { base: Duration::from_millis(5), ..RetryPolicy::default() };
        settings
    }

    pub(crate) fn client(&self) -> AdvowareClient {
        AdvowareClient::new(self.settings(), Dependencies::local(4)).expect("a client")
    }
}

impl State {
    fn answer(&self, asked: &Asked, api: &Api) -> Answer {
        if asked.path == TOKEN {
            return match &*self.login.lock().expect("no panic") {
                Some(answer) => answer.clone(),
                None => {
                    let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
                    Answer::json(200, &json!({"access_token": format!("token-{number}"), "expires_in": 3300}))
                }
            };
        }
        let number =
            asked.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer token-")?.parse::<usize>().ok());
        if number.is_none_or(|number| number <= self.valid_from.load(Ordering::SeqCst)) {
            return Answer::text(401, "");
        }
        api(asked)
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials {
        product_id: 64,
        app_id: "app-123".into(),
        api_key: "dGVzdC1zZWNyZXQta2V5".to_owned().into(),
        kanzlei: "4711".into(),
        database: "kanzlei".into(),
        user: "sync".into(),
        role: 2,
        password: "geheim".to_owned().into(),
    }
}

pub(crate) fn object(value: Value) -> Object {
    value.as_object().expect("an object").clone()
}

/// The answers one after the other, the last one for ever.
pub(crate) fn in_turn(answers: Vec<Answer>) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    let next = AtomicUsize::new(0);
    move |_| answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)].clone()
}
