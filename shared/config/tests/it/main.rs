//! Settings as programs read them.

mod faults;
mod files;
mod good;
mod table;

use advosync_config::{Faults, MapSource, Settings, WorkerProgram};

/// A service account's file, beside the settings that name it.
struct Fixture {
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { dir: tempfile::tempdir().unwrap() };
        fixture.file(
            "account.json",
            r#"{"type":"service_account","client_email":"sync@example.iam.gserviceaccount.com",
                "private_key":"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n",
                "token_uri":"http://127.0.0.1:1/token"}"#,
        );
        fixture
    }

    /// Writes a file and gives its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The least that a worker starts with.
    fn worker(&self) -> MapSource {
        let account = self.dir.path().join("account.json");
        [
            ("GOOGLE_CALENDAR_SERVICE_ACCOUNT_PATH", account.to_str().unwrap()),
            ("ADVOWARE_APP_ID", "app-1"),
            ("ADVOWARE_API_KEY", "dGVzdC1zZWNyZXQta2V5"),
            ("ADVOWARE_KANZLEI", "Muster und Partner"),
            ("ADVOWARE_DATABASE", "muster"),
            ("ADVOWARE_USER", "sync"),
            ("ADVOWARE_PASSWORD", "s3cret"),
        ]
        .into_iter()
        .collect()
    }
}

/// The faults of a worker's settings, as lines.
fn lines(source: &MapSource) -> Vec<String> {
    WorkerProgram::from_source(source).map_or_else(|faults| fault_lines(&faults), |_| Vec::new())
}

fn fault_lines(faults: &Faults) -> Vec<String> {
    faults.to_string().lines().map(str::to_owned).collect()
}
