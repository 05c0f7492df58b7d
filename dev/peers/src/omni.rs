//! omniqueue's Redis backend.

use std::sync::Arc;
use std::time::{Duration, Instant};

use advosync_queue::redis;
use futures::future::try_join_all;
use omniqueue::Delivery;
use omniqueue::backends::redis::{RedisConnectionManager, RedisProducer};
use omniqueue::backends::{RedisBackend, RedisConfig};

use crate::contender::{Contender, LEASE, Task, Worker};
use crate::lab::Lab;
use crate::payload::Payload;

const STREAM: &str = "omni";
const GROUP: &str = "group";
/// Deliveries taken at once, and acknowledged over as many connections as there are.
const BATCH: usize = 256;
const CONNECTIONS: u16 = 16;

/// How deliveries are received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receive {
    All,
    OneByOne,
}

#[derive(Clone)]
pub(crate) struct Omniqueue {
    url: String,
    receive: Receive,
    producer: Arc<RedisProducer<RedisConnectionManager>>,
}

fn config(url: &str, consumer: &str) -> RedisConfig {
    RedisConfig {
        dsn: url.to_owned(),
        max_connections: CONNECTIONS,
        reinsert_on_nack: false,
        queue_key: STREAM.to_owned(),
        delayed_queue_key: format!("{STREAM}:delayed"),
        delayed_lock_key: format!("{STREAM}:delayed-lock"),
        consumer_group: GROUP.to_owned(),
        consumer_name: consumer.to_owned(),
        payload_key: "payload".to_owned(),
        ack_deadline_ms: LEASE.as_millis() as i64,
        dlq_config: None,
        sentinel_config: None,
    }
}

impl Omniqueue {
    pub(crate) async fn new(url: &str, receive: Receive) -> anyhow::Result<Self> {
        make_group(url)?;
        let producer = RedisBackend::builder(config(url, "producer")).build_producer().await?;
        Ok(Self { url: url.to_owned(), receive, producer: Arc::new(producer) })
    }
}

fn make_group(url: &str) -> anyhow::Result<()> {
    let mut connection = redis::Client::open(url)?.get_connection()?;
    let mut create = redis::cmd("XGROUP");
    create.arg("CREATE").arg(STREAM).arg(GROUP).arg("0").arg("MKSTREAM");
    match create.exec(&mut connection) {
        Err(error) if error.code() != Some("BUSYGROUP") => Err(error.into()),
        _ => Ok(()),
    }
}

impl Contender for Omniqueue {
    fn name(&self) -> String {
        match self.receive {
            Receive::All => "omniqueue 0.3, receive_all".to_owned(),
            Receive::OneByOne => "omniqueue 0.3, one by one".to_owned(),
        }
    }

    async fn prepare(&self) -> anyhow::Result<()> {
        make_group(&self.url)
    }

    async fn enqueue(&self, key: String) -> anyhow::Result<()> {
        Ok(self.producer.send_serde_json(&Payload::new(key)).await?)
    }

    /// It has nothing better than one command a job; so many of them at a time.
    async fn enqueue_many(&self, keys: Vec<String>) -> anyhow::Result<Duration> {
        let began = Instant::now();
        for chunk in keys.chunks(usize::from(CONNECTIONS) * 8) {
            try_join_all(chunk.iter().map(|key| self.enqueue(key.clone()))).await?;
        }
        Ok(began.elapsed())
    }

    async fn work(&self, task: Task) -> anyhow::Result<Worker> {
        let consumer = format!("consumer-{}", std::process::id());
        let mut consumer = RedisBackend::builder(config(&self.url, &consumer)).build_consumer().await?;
        let receive = self.receive;
        Ok(Worker::spawn(move |stop| async move {
            loop {
                let received = async {
                    match receive {
                        Receive::All => consumer.receive_all(BATCH, Duration::from_secs(1)).await,
                        Receive::OneByOne => consumer.receive().await.map(|delivery| vec![delivery]),
                    }
                };
                let deliveries = tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    received = received => received?,
                };
                try_join_all(deliveries.into_iter().map(|delivery| handle(delivery, &task))).await?;
            }
        }))
    }

    fn unfinished(&self, lab: &Lab, _jobs: usize) -> anyhow::Result<usize> {
        lab.ask(&format!("XLEN {STREAM}"))
    }
}

async fn handle(delivery: Delivery, task: &Task) -> anyhow::Result<()> {
    let _: Option<Payload> = delivery.payload_serde_json()?;
    task.run().await;
    delivery.ack().await.map_err(|(error, _)| error)?;
    Ok(())
}
