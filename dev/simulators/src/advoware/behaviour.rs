use serde::{Deserialize, Serialize};

/// How member names are spelt in answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonCase {
    /// `frNr`
    #[default]
    Camel,
    /// `FrNr`
    Pascal,
    /// `frnr`
    Lower,
}

/// What a create answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateAnswer {
    /// `4711`
    #[default]
    Number,
    /// `"4711"`
    Text,
    /// The whole appointment.
    Object,
}

/// What a look-up of an unknown number answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingAnswer {
    /// 404 with a JSON body.
    #[default]
    NotFound,
    /// 200 with `null`.
    Null,
    /// 200 with `[]`.
    EmptyList,
}

/// How dates are written in answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// `2026-05-04T09:00:00`
    #[default]
    Seconds,
    /// `2026-05-04T09:00:00.0000000`
    Fraction,
    /// `2026-05-04T07:00:00Z`
    Utc,
    /// `2026-05-04`, wherever `uhrzeitVon` tells the time.
    DateOnly,
}

/// How the gateway tells a token's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryForm {
    /// `expiration_utc` with a fraction.
    #[default]
    ExpirationUtc,
    /// `expires_in` in seconds.
    ExpiresIn,
    /// Not at all.
    Nothing,
}

/// A refusal by the security gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The product is not enabled for the firm.
    ProductNotEnabled,
    /// The user is not enabled for the interface.
    UserNotEnabled,
    /// The firm's database is not connected at the moment.
    NotConnected,
    /// The firm is not known.
    NotRegistered,
    /// Wrong name or password.
    BadLogin,
    /// Wrong name or password, in the gateway's other words.
    InvalidLogin,
}

impl Refusal {
    /// The gateway's German words.
    pub fn text(self) -> &'static str {
        match self {
            Self::ProductNotEnabled => "Das Produkt ist für diese Kanzlei nicht freigeschaltet.",
            Self::UserNotEnabled => "Der Benutzer ist für die Schnittstelle nicht freigeschaltet.",
            Self::NotConnected => "Die Datenbank der Kanzlei ist nicht angemeldet.",
            Self::NotRegistered => "Die Kanzlei ist nicht registriert.",
            Self::BadLogin => "Falscher Name oder falsches Kennwort",
            Self::InvalidLogin => "Benutzer / Kennwort ungültig",
        }
    }
}

/// The form of a refusal's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalForm {
    /// `text/plain`
    #[default]
    Text,
    /// A JSON string.
    JsonText,
    /// `{"Message": "…"}`
    JsonObject,
}

/// The switches of the simulated Advoware; each may be changed while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdvowareBehaviour {
    /// How member names are spelt.
    pub json_case: JsonCase,
    /// What a create answers.
    pub create_answer: CreateAnswer,
    /// What a look-up of an unknown number answers.
    pub missing_answer: MissingAnswer,
    /// Whether a look-up by number answers an array of one.
    pub single_as_array: bool,
    /// Whether whole numbers are written as strings.
    pub numbers_as_strings: bool,
    /// Whether the 0/1 flags are written as `true` and `false`.
    pub flags_as_booleans: bool,
    /// How dates are written.
    pub date_form: DateForm,
    /// Whether `0001-01-01T00:00:00` stands for "no date".
    pub sentinel_dates: bool,
    /// Members that list rows lack.
    pub list_omits: Vec<String>,
    /// Whether `zuletztGeaendertAm` is left out.
    pub omit_last_change: bool,
    /// Whether discovery names a connector; the relay is then out of order.
    pub connector: bool,
    /// Whether the firm's own server is off: the API answers with HTML error pages.
    pub office_server_off: bool,
    /// A refusal of every token request, right or wrong.
    pub refusal: Option<Refusal>,
    /// The form of a refusal's body.
    pub refusal_form: RefusalForm,
    /// The HTTP status of a refusal.
    pub refusal_status: u16,
    /// A token's life in seconds.
    pub token_lifetime_seconds: i64,
    /// How the gateway tells a token's end.
    pub expiry_form: ExpiryForm,
    /// How far a request's time stamp may be off, in seconds.
    pub timestamp_tolerance_seconds: i64,
}

impl Default for AdvowareBehaviour {
    fn default() -> Self {
        Self {
            json_case: JsonCase::default(),
            create_answer: CreateAnswer::default(),
            missing_answer: MissingAnswer::default(),
            single_as_array: false,
            numbers_as_strings: false,
            flags_as_booleans: false,
            date_form: DateForm::default(),
            sentinel_dates: false,
            list_omits: vec!["azRubrum".to_owned(), "erinnerung".to_owned()],
            omit_last_change: false,
            connector: false,
            office_server_off: false,
            refusal: None,
            refusal_form: RefusalForm::default(),
            refusal_status: 400,
            token_lifetime_seconds: 55 * 60,
            expiry_form: ExpiryForm::default(),
            timestamp_tolerance_seconds: 300,
        }
    }
}
