//! Notices, between a real Redis, a webhook's receiver and a mail server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use advosync_config::{MapSource, NotifyConfig, Settings as _};
use advosync_queue::link::{Redis, RedisSettings};
use advosync_queue::{Queue, Settings};
use advosync_scheduler::Notifier;
use advosync_testkit::{RedisServer, wait_until};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A webhook's receiver; refuses what it gets while it is told to.
#[derive(Clone, Default)]
struct Receiver {
    taken: Arc<Mutex<Vec<Value>>>,
    refuses: Arc<AtomicBool>,
}

impl Receiver {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let take = async |State(receiver): State<Self>, Json(notice): Json<Value>| {
            if receiver.refuses.load(Ordering::SeqCst) {
                return StatusCode::INTERNAL_SERVER_ERROR;
            }
            receiver.taken.lock().unwrap().push(notice);
            StatusCode::NO_CONTENT
        };
        let router = Router::new().route("/hook", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    /// State and cause of everything that was taken.
    fn told(&self) -> Vec<(String, String)> {
        let word = |notice: &Value, name: &str| notice[name].as_str().unwrap().to_owned();
        self.taken.lock().unwrap().iter().map(|notice| (word(notice, "state"), word(notice, "cause"))).collect()
    }
}

/// A mail server that keeps what it gets.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<String>>>);

impl Sink {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mails = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&mails)));
            }
        });
        format!("smtp://{address}")
    }

    fn mails(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

async fn converse(stream: tokio::net::TcpStream, mails: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.split([' ', ':']).next().unwrap_or_default() {
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                mails.lock().unwrap().push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 ok\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}

struct World {
    server: RedisServer,
    receiver: Receiver,
    sink: Sink,
    variables: Vec<(&'static str, String)>,
}

impl World {
    async fn start() -> Self {
        let (receiver, sink) = (Receiver::default(), Sink::default());
        let variables = vec![
            ("NOTIFY_URL", receiver.start().await),
            ("NOTIFY_SMTP_URL", sink.start().await),
            ("NOTIFY_MAIL_TO", "it@kanzlei.example, vertretung@kanzlei.example".to_owned()),
            ("PUBLIC_BASE_URL", "https://sync.kanzlei.example/".to_owned()),
        ];
        Self { server: RedisServer::start().unwrap(), receiver, sink, variables }
    }

    /// One of any number of schedulers' notifiers.
    fn notifier(&self) -> Notifier {
        let source: MapSource = self.variables.iter().cloned().collect();
        let config = NotifyConfig::from_source(&source).unwrap();
        let settings = RedisSettings::from_url(&self.server.url(0)).unwrap();
        let redis = Redis::new(settings.with_timeout(Duration::from_secs(2))).unwrap();
        let settings = Settings { item: "employee".into(), key_field: "kuerzel".into(), ..Settings::default() };
        Notifier::new(&Queue::new(redis, settings), &config).unwrap().expect("two channels")
    }

    fn redis(&self, command: &[&str]) {
        let mut connection = self.server.connect(0).unwrap();
        let () = redis::cmd(command[0]).arg(&command[1..]).query(&mut connection).unwrap();
    }

    /// Holds deletions of an employee, or nothing any more.
    fn hold(&self, kuerzel: &str, deletions: usize) {
        let prefix = Settings::default().prefix;
        let key = |name: &str| format!("{{{prefix}}}:{name}");
        self.redis(&["DEL", &key(&format!("held:{kuerzel}"))]);
        self.redis(&["SREM", &key("held"), kuerzel]);
        for number in 0..deletions {
            let item = json!({"side": "google", "operation": "delete", "frNr": number, "event_id": "e"}).to_string();
            self.redis(&["SADD", &key("held"), kuerzel]);
            self.redis(&["HSET", &key(&format!("held:{kuerzel}")), &item, "1700000000000"]);
        }
    }
}

fn pair(state: &str, cause: &str) -> (String, String) {
    (state.to_owned(), cause.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_told_once_when_something_begins_and_once_when_it_is_over() {
    let world = World::start().await;
    let (one, other) = (world.notifier(), world.notifier());
    one.look().await.unwrap();
    assert_eq!((world.receiver.told(), world.sink.mails().len()), (vec![], 0), "nothing needs anybody");

    world.hold("PB", 7);
    one.look().await.unwrap();
    other.look().await.unwrap();
    assert_eq!(world.receiver.told(), [pair("begun", "held:PB")]);
    let notice = world.receiver.taken.lock().unwrap()[0].clone();
    assert_eq!((&notice["title"], &notice["kuerzel"]), (&json!("PB: 7 Löschungen warten auf Sie"), &json!(["PB"])));
    assert_eq!(notice["link"], "https://sync.kanzlei.example/ui/employees/PB");
    assert_eq!(notice["en"]["title"], "PB: 7 deletions wait for you");
    let mails = world.sink.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    for part in ["To: it@kanzlei.example, vertretung@kanzlei.example", "Subject: ", "7 deletions wait for you", "ui/employees/PB"]
    {
        assert!(mails[0].contains(part), "{part} in {}", mails[0]);
    }

    // What a channel did not take is sent again by that channel alone.
    world.receiver.refuses.store(true, Ordering::SeqCst);
    world.hold("PB", 0);
    one.look().await.unwrap();
    assert_eq!((world.receiver.told().len(), world.sink.mails().len()), (1, 2));
    world.receiver.refuses.store(false, Ordering::SeqCst);
    other.look().await.unwrap();
    assert_eq!(world.receiver.told(), [pair("begun", "held:PB"), pair("over", "held:PB")]);

    world.hold("PB", 8);
    one.look().await.unwrap();
    assert_eq!((world.receiver.told().len(), world.sink.mails().len()), (2, 2), "at most once a day");
    world.hold("AI", 6);
    one.look().await.unwrap();
    assert_eq!(world.receiver.told()[2..], [pair("begun", "held:AI")], "another cause is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_schedulers_tell_once() {
    let world = World::start().await;
    world.hold("PB", 7);
    let stop = CancellationToken::new();
    for notifier in [world.notifier(), world.notifier(), world.notifier()] {
        let stop = stop.clone();
        tokio::spawn(async move { notifier.run(&stop).await });
    }
    wait_until("somebody is told", async || !world.sink.mails().is_empty()).await;
    // Each of them has had its turn or was refused it.
    world.notifier().look().await.unwrap();
    assert_eq!((world.receiver.told(), world.sink.mails().len()), (vec![pair("begun", "held:PB")], 1));
    stop.cancel();
}

#[test]
fn without_an_address_nobody_is_told() {
    let config = NotifyConfig::from_source(&MapSource::default()).unwrap();
    let server = RedisServer::start().unwrap();
    let settings = RedisSettings::from_url(&server.url(0)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let queue = Queue::new(Redis::new(settings).unwrap(), Settings::default());
    assert!(Notifier::new(&queue, &config).unwrap().is_none());
}
