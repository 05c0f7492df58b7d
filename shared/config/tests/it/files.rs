//! Secrets from files, and the `.env` file.

use advosync_config::{CalendarReaders, EnvSource, MapSource, Settings, Source, SyncConfig, WorkerProgram};
use secrecy::ExposeSecret;

use crate::{Fixture, lines};

#[test]
fn a_secret_may_come_from_a_file() {
    let fixture = Fixture::new();
    let path = fixture.file("password", "from a file\n");
    let source = fixture.worker().without("ADVOWARE_PASSWORD").with("ADVOWARE_PASSWORD_FILE", path);
    let worker = WorkerProgram::from_source(&source).unwrap();
    assert_eq!(worker.advoware.password.expose_secret(), "from a file");
}

#[test]
fn a_secrets_file_is_there_once_and_readable() {
    let fixture = Fixture::new();
    let path = fixture.file("password", "x");
    let both = lines(&fixture.worker().with("ADVOWARE_PASSWORD_FILE", path));
    assert_eq!(both.len(), 1);
    assert!(both[0].starts_with("ADVOWARE_PASSWORD_FILE: ") && both[0].contains("ADVOWARE_PASSWORD is not"), "{both:?}");

    for path in ["/nowhere", &fixture.file("empty", "\n")] {
        let source = fixture.worker().without("ADVOWARE_PASSWORD").with("ADVOWARE_PASSWORD_FILE", path);
        let missing = lines(&source);
        assert_eq!(missing.len(), 1, "{missing:?}");
        assert!(missing[0].starts_with(&format!("ADVOWARE_PASSWORD_FILE: holds {path:?}")), "{missing:?}");
    }
}

#[test]
fn a_blank_variable_counts_as_unset() {
    let fixture = Fixture::new();
    let worker = WorkerProgram::from_source(&fixture.worker().with("WORKER_CONCURRENCY", " ")).unwrap();
    assert_eq!(worker.worker.concurrency, 8);
    let source = fixture.worker().with("ADVOWARE_PASSWORD_FILE", "");
    assert!(WorkerProgram::from_source(&source).is_ok());
}

#[test]
fn the_environment_wins_over_the_file() {
    let fixture = Fixture::new();
    let path = fixture.file(".env", "# settings\nPATH=/from/file\nexport ADVOSYNC_TEST_ONLY='a b' # comment\n");
    let source = EnvSource::with_file(path.as_ref()).unwrap();
    assert_eq!(source.get("PATH"), std::env::var("PATH").ok());
    assert_eq!(source.get("ADVOSYNC_TEST_ONLY").as_deref(), Some("a b"));
    assert_eq!(std::env::var("ADVOSYNC_TEST_ONLY").ok(), None, "the environment itself was changed");
}

#[test]
fn the_environments_file_variable_hides_the_files_value() {
    let fixture = Fixture::new();
    // `PATH` stands for a variable that the environment is sure to have.
    let path = fixture.file(".env", "PATH_FILE=/secret\n");
    assert_eq!(EnvSource::with_file(path.as_ref()).unwrap().get("PATH_FILE"), None);
}

#[test]
fn an_unreadable_line_is_named_but_not_shown() {
    let fixture = Fixture::new();
    let path = fixture.file(".env", "ADVOWARE_USER=x\nADVOWARE_PASSWORD=hush hush \"\n");
    let faults = EnvSource::with_file(path.as_ref()).unwrap_err().to_string();
    assert!(faults.contains("after ADVOWARE_USER") && !faults.contains("hush"), "{faults}");
}

#[test]
fn a_missing_env_file_is_no_fault() {
    assert!(EnvSource::with_file("/nowhere/.env".as_ref()).is_ok());
}

#[test]
fn readers_are_listed_by_kuerzel() {
    let fixture = Fixture::new();
    let path = fixture.file("readers.toml", "PB = [\"office@example.org\", \"b@example.org\"]\n");
    let readers = |source: MapSource| -> CalendarReaders { SyncConfig::from_source(&source).unwrap().readers };
    let given = readers(fixture.worker().with("CALENDAR_SYNC_READERS_PATH", path));
    assert_eq!(given.of("PB"), ["office@example.org", "b@example.org"]);
    assert!(given.of("AI").is_empty());
}
