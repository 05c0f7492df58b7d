//! Notices in words, German and English: which calendar, why, what follows, what to do. Never a text of an
//! appointment.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Berlin;
use serde::Serialize;
use url::Url;

use super::causes::Kind;
use super::memory::Change;

/// Kürzel that are named; the rest is a number.
const NAMED: usize = 12;

/// A notice in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Words {
    /// What it is, in one line.
    pub(super) title: String,
    /// Why.
    pub(super) why: String,
    /// What follows from it.
    pub(super) consequence: String,
    /// What to do.
    pub(super) remedy: String,
}

/// A notice, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Notice {
    /// `begun` or `over`.
    pub(super) state: &'static str,
    /// The cause's id: the same for its beginning and its end.
    pub(super) cause: String,
    /// Whose calendars are concerned; `ALL` for everybody's.
    pub(super) kuerzel: Vec<String>,
    /// Since when it holds, or held.
    pub(super) since: Option<DateTime<Utc>>,
    /// When this was found.
    pub(super) at: DateTime<Utc>,
    /// The page where it is seen and mended.
    pub(super) link: String,
    /// One line, for chats.
    pub(super) text: String,
    /// German.
    #[serde(flatten)]
    pub(super) german: Words,
    /// English.
    #[serde(rename = "en")]
    pub(super) english: Words,
}

/// Puts a change into words.
pub(super) fn notice(change: &Change, link_base: Option<&Url>, now: DateTime<Utc>) -> Notice {
    let link = link(change, link_base);
    let german = words(change, &GERMAN);
    Notice {
        state: if change.over { "over" } else { "begun" },
        cause: change.cause.clone(),
        kuerzel: change.whose.iter().cloned().collect(),
        since: change.since,
        at: now,
        text: format!("{} {} {link}", german.title, german.remedy).trim().to_owned(),
        english: words(change, &ENGLISH),
        german,
        link,
    }
}

/// The page, as an address where that of the api is known, else as its path.
fn link(change: &Change, link_base: Option<&Url>) -> String {
    let own = change.whose.first().filter(|_| change.cause.contains(':'));
    let mut url = link_base.cloned().unwrap_or_else(|| Url::parse("http://api/").expect("a constant address"));
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty();
        match (change.kind, own) {
            (Kind::Held | Kind::Partial | Kind::Stale | Kind::Open, Some(whose)) => {
                path.extend(["ui", "employees", whose]);
            }
            (Kind::Deaths | Kind::Dead, _) => {
                path.extend(["ui", "queue"]);
            }
            _ => {}
        }
    }
    if link_base.is_some() { url.to_string() } else { url.path().to_owned() }
}

/// One language's phrases.
struct Phrases {
    all: &'static str,
    more: &'static str,
    over: &'static str,
    again: &'static str,
    nothing_to_do: &'static str,
    since: &'static str,
    of: fn(Kind) -> [&'static str; 4],
}

static GERMAN: Phrases = Phrases {
    all: "alle",
    more: "und {} weitere",
    over: "Erledigt: ",
    again: "Es besteht nicht mehr.",
    nothing_to_do: "Es ist nichts zu tun.",
    since: "seit",
    of: german,
};

static ENGLISH: Phrases = Phrases {
    all: "everybody",
    more: "and {} more",
    over: "Over: ",
    again: "It holds no longer.",
    nothing_to_do: "There is nothing to do.",
    since: "since",
    of: english,
};

fn words(change: &Change, phrases: &Phrases) -> Words {
    let [title, why, consequence, remedy] = (phrases.of)(change.kind);
    let since = change.since.map(|since| since.with_timezone(&Berlin).format("%d.%m. %H:%M").to_string());
    let whose = whose(change, phrases);
    let fill = |text: &str| {
        let text = text.replace("{whose}", &whose).replace("{count}", &change.count.to_string());
        text.replace("{since}", since.as_deref().unwrap_or("?"))
    };
    if change.over {
        let began = since.as_ref().map_or_else(String::new, |since| format!(" ({} {since})", phrases.since));
        // What was counted is gone.
        let title = fill(&title.replace("{count} ", ""));
        return Words {
            title: format!("{}{title}", phrases.over),
            why: format!("{}{began}", phrases.again),
            consequence: String::new(),
            remedy: phrases.nothing_to_do.to_owned(),
        };
    }
    Words { title: fill(title), why: fill(why), consequence: fill(consequence), remedy: fill(remedy) }
}

fn whose(change: &Change, phrases: &Phrases) -> String {
    let name = |whose: &String| if whose == "ALL" { phrases.all.to_owned() } else { whose.clone() };
    let named: Vec<String> = change.whose.iter().take(NAMED).map(name).collect();
    if named.is_empty() {
        return phrases.all.to_owned();
    }
    let more = change.whose.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" {}", phrases.more.replace("{}", &more.to_string())) } else { String::new() };
    named.join(", ") + &more
}

/// Title, why, consequence, remedy.
#[rustfmt::skip]
fn german(kind: Kind) -> [&'static str; 4] {
    match kind {
        Kind::NoWorker => ["Kein Worker läuft", "Seit {since} meldet sich kein Worker.", "Aufträge warten, kein Kalender wird abgeglichen. Verloren geht nichts.", "Starten Sie mindestens einen Worker."],
        Kind::DeniedGoogle => ["Google muss neu verbunden werden", "Google verweigert dem Dienstkonto seit {since} den Zugriff.", "Nicht mehr abgeglichen: {whose}.", "Google-Verwaltung, Sicherheit, API-Steuerung, Domainweite Delegierung: dem Dienstkonto den Bereich calendar geben. Danach in der Übersicht erneut versuchen."],
        Kind::DeniedAdvoware => ["Advoware muss neu verbunden werden", "Advoware weist die Anmeldung seit {since} ab.", "Nicht mehr abgeglichen: {whose}.", "Benutzer, Kennwort und Rolle in Advoware prüfen. Danach in der Übersicht erneut versuchen."],
        Kind::AwayGoogle => ["Google Calendar ist nicht erreichbar", "Google antwortet seit {since} nicht.", "Es wartet: {whose}. Kein Termin geht verloren.", "Es wird von selbst erneut versucht. google.com/appsstatus nennt Störungen."],
        Kind::AwayAdvoware => ["Advoware ist nicht erreichbar", "Advoware antwortet seit {since} nicht.", "Es wartet: {whose}. Kein Termin geht verloren.", "Prüfen Sie, ob sich Advoware öffnen lässt."],
        Kind::Deaths => ["Worker starben an einem Auftrag", "Seit {since} sterben Worker am Auftrag von {whose}.", "Der Zeitplan lässt diese Kalender aus.", "Sehen Sie ins Protokoll des Workers (Speicher?), dann versuchen Sie es erneut."],
        Kind::Dead => ["{count} Aufträge wurden aufgegeben", "Sie kamen seit {since} nicht zum Ende.", "Nicht abgeglichen: {whose}.", "Der Lauf nennt den Fehler. Ist er behoben, versuchen Sie es erneut."],
        Kind::Held => ["{whose}: {count} Löschungen warten auf Sie", "Es sind mehr, als ohne Nachfrage geschehen darf (seit {since}).", "Alles andere ist abgeglichen. Solange nichts geschieht, bleibt alles stehen.", "Sehen Sie nach, ob sie gewollt sind; geben Sie sie frei oder stellen Sie sie wieder her."],
        Kind::Partial => ["{whose}: {count} Termine lassen sich nicht abgleichen", "Sie sind auf ihrer Seite nicht lesbar oder werden abgelehnt.", "Sie bleiben, wie sie sind; alle anderen sind abgeglichen.", "Der Bericht des Kalenders nennt Termin und Grund."],
        Kind::Stale => ["{whose} wurde länger nicht geprüft", "Zuletzt geprüft {since}.", "Ob der Kalender noch stimmt, weiß niemand.", "Ein Lauf von Hand zeigt, woran es liegt."],
        Kind::Open => ["Der Kalender von {whose} ist öffentlich", "Jemand hat ihn in Google für alle freigegeben.", "Jeder kann seine Termine lesen.", "Nehmen Sie in den Einstellungen dieses Kalenders „Öffentlich freigeben“ zurück."],
    }
}

/// Title, why, consequence, remedy.
#[rustfmt::skip]
fn english(kind: Kind) -> [&'static str; 4] {
    match kind {
        Kind::NoWorker => ["No worker is running", "No worker has been heard of since {since}.", "Jobs wait, no calendar is synchronised. Nothing is lost.", "Start at least one worker."],
        Kind::DeniedGoogle => ["Google has to be reconnected", "Google has denied access to the service account since {since}.", "No longer synchronised: {whose}.", "Admin console, Security, API controls, Domain-wide delegation: give the service account the scope calendar. Then try again on the overview."],
        Kind::DeniedAdvoware => ["Advoware has to be reconnected", "Advoware has refused the log-in since {since}.", "No longer synchronised: {whose}.", "Check user, password and role in Advoware. Then try again on the overview."],
        Kind::AwayGoogle => ["Google Calendar can't be reached", "Google has not answered since {since}.", "Waiting: {whose}. No appointment is lost.", "It is tried again by itself. google.com/appsstatus names disruptions."],
        Kind::AwayAdvoware => ["Advoware can't be reached", "Advoware has not answered since {since}.", "Waiting: {whose}. No appointment is lost.", "Check whether Advoware opens."],
        Kind::Deaths => ["Workers died of a job", "Since {since} workers have been dying of the job of {whose}.", "The schedule leaves these calendars out.", "Look into the worker's log (memory?), then try again."],
        Kind::Dead => ["{count} jobs were given up", "Since {since} they have not come to their end.", "Not synchronised: {whose}.", "The run names the error. Once it is mended, try again."],
        Kind::Held => ["{whose}: {count} deletions wait for you", "They are more than may happen without asking (since {since}).", "Everything else is synchronised. As long as nothing is done, everything stays.", "See whether they are wanted; release them, or restore what was deleted."],
        Kind::Partial => ["{whose}: {count} appointments can't be synchronised", "They can't be read on their side, or are refused.", "They stay as they are; all others are synchronised.", "The calendar's report names appointment and reason."],
        Kind::Stale => ["{whose} has not been checked for long", "Last checked {since}.", "Nobody knows whether the calendar is still right.", "A run by hand shows what is wrong."],
        Kind::Open => ["The calendar of {whose} is public", "Somebody opened it to everybody in Google.", "Everybody can read its appointments.", "Take back “Make available to public” in this calendar's settings."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: Kind, cause: &str, whose: &[&str], over: bool) -> Change {
        let whose = whose.iter().map(|whose| (*whose).to_owned()).collect();
        Change {
            cause: cause.to_owned(),
            kind,
            ids: vec![cause.to_owned()],
            over,
            whose,
            count: 7,
            since: Some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn a_notice_names_calendar_reason_consequence_and_link() {
        let base = Url::parse("https://sync.example/advosync/").unwrap();
        let held = notice(&change(Kind::Held, "held:MÖL", &["MÖL"], false), Some(&base), DateTime::UNIX_EPOCH);
        assert_eq!(held.german.title, "MÖL: 7 Löschungen warten auf Sie");
        assert_eq!(held.german.why, "Es sind mehr, als ohne Nachfrage geschehen darf (seit 01.01. 01:00).");
        assert_eq!(held.link, "https://sync.example/advosync/ui/employees/M%C3%96L");
        assert!(held.text.starts_with(&held.german.title) && held.text.ends_with(&held.link));
        let dead = notice(&change(Kind::Dead, "dead", &["ALL"], false), None, DateTime::UNIX_EPOCH);
        assert_eq!((dead.link.as_str(), dead.english.consequence.as_str()), ("/ui/queue", "Not synchronised: everybody."));
    }

    #[test]
    fn the_end_is_told_without_what_is_gone() {
        let over = notice(&change(Kind::Held, "held:PB", &["PB"], true), None, DateTime::UNIX_EPOCH);
        assert_eq!((over.state, over.german.title.as_str()), ("over", "Erledigt: PB: Löschungen warten auf Sie"));
        assert_eq!(over.english.remedy, "There is nothing to do.");
    }

    #[test]
    fn no_gap_stays_open() {
        let kinds = ["no-worker", "denied-google", "denied-advoware", "away-google", "away-advoware", "deaths", "dead", "held"];
        for word in kinds.into_iter().chain(["partial", "stale", "open"]) {
            let kind = Kind::of(word).unwrap();
            for over in [false, true] {
                let notice = notice(&change(kind, word, &["PB"], over), None, DateTime::UNIX_EPOCH);
                let json = serde_json::to_string(&notice).unwrap();
                for gap in ["{whose}", "{count}", "{since}"] {
                    assert!(!json.contains(gap), "{json}");
                }
            }
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let many: Vec<String> = (0..30).map(|number| format!("K{number:02}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let dead = notice(&change(Kind::Dead, "dead", &many, false), None, DateTime::UNIX_EPOCH);
        assert!(dead.german.consequence.ends_with("K11 und 18 weitere."), "{}", dead.german.consequence);
    }
}
