//! The dashboard in a real browser: needs Debian's `chromium` and `chromium-driver`.

mod axe;
mod clicks;
mod hostile;
mod pictures;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use advosync_testkit::{free_port, wait_until_within};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

/// How long a page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a browser prefers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tastes {
    pub(super) language: &'static str,
    pub(super) dark: bool,
    pub(super) width: u32,
    /// Whether scripts run.
    pub(super) scripts: bool,
}

impl Default for Tastes {
    fn default() -> Self {
        Self { language: "de-DE", dark: false, width: 1280, scripts: true }
    }
}

/// A headless Chromium of a test's own, and its driver; both end when dropped.
pub(super) struct Browser {
    pub(super) client: Client,
    driver: Child,
    port: u16,
    _profile: TempDir,
}

impl Browser {
    pub(super) async fn start(tastes: Tastes) -> Self {
        let port = free_port().unwrap();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver: apt-get install chromium chromium-driver");
        let profile = tempfile::tempdir().unwrap();
        let capabilities = capabilities(tastes, &profile);
        let url = format!("http://127.0.0.1:{port}");
        let mut client = None;
        wait_until_within(PATIENCE, "chromium starts", async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            client = builder.capabilities(capabilities.clone()).connect(&url).await.ok();
            client.is_some()
        })
        .await;
        Self { client: client.unwrap(), driver, port, _profile: profile }
    }

    /// Clicks on what a CSS selector names.
    pub(super) async fn click(&self, css: &str) {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        element.unwrap_or_else(|error| panic!("{css}: {error}")).click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    pub(super) async fn fill(&self, css: &str, text: &str) {
        let element = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Waits until something of this selector holds this text.
    pub(super) async fn see(&self, css: &str, text: &str) {
        wait_until_within(PATIENCE, &format!("{css} shows {text}"), async || {
            let Ok(element) = self.client.find(Locator::Css(css)).await else { return false };
            element.text().await.is_ok_and(|shown| shown.contains(text))
        })
        .await;
    }

    /// Waits until an attribute has this value.
    pub(super) async fn see_attribute(&self, css: &str, name: &str, value: &str) {
        wait_until_within(PATIENCE, &format!("{css} has {name}={value}"), async || {
            let Ok(element) = self.client.find(Locator::Css(css)).await else { return false };
            matches!(element.attr(name).await, Ok(Some(given)) if given == value)
        })
        .await;
    }

    /// Takes a picture of the page, from its top to `height` at most.
    pub(super) async fn picture(&self, width: u32, height: u32) -> Vec<u8> {
        let most = height;
        let height = self.client.execute("return document.documentElement.scrollHeight", vec![]).await.unwrap();
        let height = u32::try_from(height.as_u64().unwrap()).unwrap().clamp(400, most);
        self.client.set_window_size(width, height + 20).await.unwrap();
        self.client.screenshot().await.unwrap()
    }

    pub(super) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(super) async fn sign_in(&self, url: &str, secret: &str) {
        self.open(url).await;
        self.fill("#token", secret).await;
        self.click(".sign-in button").await;
        self.see(".bar nav", "").await;
    }
}

fn capabilities(tastes: Tastes, profile: &TempDir) -> Capabilities {
    let mut arguments = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--window-size={},1000", tastes.width),
        format!("--user-data-dir={}", profile.path().display()),
        format!("--blink-settings=preferredColorScheme={}", u8::from(!tastes.dark)),
    ];
    arguments.push(format!("--lang={}", tastes.language));
    // 1 allows, 2 blocks.
    let scripts = if tastes.scripts { 1 } else { 2 };
    let prefs = json!({
        "intl.accept_languages": tastes.language,
        "profile.default_content_setting_values.javascript": scripts,
    });
    let options = json!({"args": arguments, "prefs": prefs});
    [("goog:chromeOptions".to_owned(), options)].into_iter().collect()
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser only when it is asked to.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(3)));
            let _ = write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port);
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
