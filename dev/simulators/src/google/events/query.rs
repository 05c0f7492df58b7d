use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::google::error::{GoogleError, GoogleResult};

/// Parameters that a sync token excludes.
const FORBIDDEN_WITH_SYNC_TOKEN: [&str; 8] =
    ["timeMin", "timeMax", "updatedMin", "orderBy", "q", "iCalUID", "privateExtendedProperty", "sharedExtendedProperty"];

/// Parameters that may differ between the first list and the following ones.
const FREE: [&str; 13] = [
    "syncToken",
    "pageToken",
    "maxResults",
    "timeMin",
    "timeMax",
    "fields",
    "prettyPrint",
    "quotaUser",
    "alt",
    "key",
    "access_token",
    "userIp",
    "upload_protocol",
];

/// Parameters after which no sync token is given.
const WITHOUT_SYNC_TOKEN: [&str; 6] =
    ["updatedMin", "orderBy", "q", "iCalUID", "privateExtendedProperty", "sharedExtendedProperty"];

/// The query of a call; names may repeat.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = GoogleError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(pairs)| Self(pairs))
            .map_err(|_| GoogleError::bad_request("badRequest", "Bad Request"))
    }
}

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> GoogleResult<Option<bool>> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| GoogleError::bad_request("invalidParameter", "Invalid boolean value.")))
            .transpose()
    }

    pub(super) fn instant(&self, name: &str) -> GoogleResult<Option<DateTime<Utc>>> {
        self.get(name)
            .map(|text| {
                DateTime::parse_from_rfc3339(text)
                    .map(|instant| instant.to_utc())
                    .map_err(|_| GoogleError::bad_request("badRequest", "Bad Request"))
            })
            .transpose()
    }

    pub(super) fn zone(&self) -> GoogleResult<Option<Tz>> {
        self.get("timeZone").map(|name| name.parse().map_err(|_| GoogleError::invalid("Invalid time zone."))).transpose()
    }

    /// `maxResults`, between 1 and the most that is served; above that it is cut in silence.
    pub(super) fn page_size(&self, usual: usize, most: usize) -> GoogleResult<usize> {
        let asked = self
            .get("maxResults")
            .map(|text| {
                text.parse::<usize>()
                    .ok()
                    .filter(|size| *size > 0)
                    .ok_or_else(|| GoogleError::bad_request("invalidParameter", "Invalid value for maxResults."))
            })
            .transpose()?;
        Ok(asked.unwrap_or(usual).min(most))
    }

    /// Refuses what a sync token excludes.
    pub(super) fn check_with_sync_token(&self) -> GoogleResult<()> {
        let excluded = FORBIDDEN_WITH_SYNC_TOKEN.into_iter().find(|name| self.get(name).is_some());
        if let Some(name) = excluded {
            return Err(GoogleError::bad_request(
                "syncTokenWithNonDefaultOrdering",
                &format!("Sync token cannot be used together with {name}."),
            ));
        }
        if self.flag("showDeleted")? == Some(false) {
            return Err(GoogleError::invalid("showDeleted cannot be false where a sync token is used."));
        }
        Ok(())
    }

    pub(super) fn allow_sync_token(&self) -> bool {
        WITHOUT_SYNC_TOKEN.iter().all(|name| self.get(name).is_none())
    }

    /// A fingerprint of the parameters that must stay as they were in the first list.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut kept: Vec<&(String, String)> =
            self.0.iter().filter(|(name, _)| !FREE.contains(&name.as_str()) && !name.starts_with('$')).collect();
        kept.sort();
        let mut hasher = DefaultHasher::new();
        kept.hash(&mut hasher);
        hasher.finish()
    }
}
