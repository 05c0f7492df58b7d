//! The token endpoint: an access token for a signed assertion.

use axum::{
    Form, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::GeneralPurpose};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use uuid::Uuid;

use super::simulator::Shared;
use crate::clock;

/// base64url as JWTs have it, and as clients that pad it have it.
pub(super) const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    base64::engine::general_purpose::GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/calendar";

/// What a token stands for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The account that acts: the service account, or the user it stands in for.
    pub(super) principal: String,
    pub(super) scopes: Vec<String>,
    pub(super) expires: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    assertion: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    scope: Option<String>,
    sub: Option<String>,
    iat: i64,
    exp: i64,
}

/// An OAuth error: its code and a description.
#[derive(Debug, PartialEq, Eq)]
struct Refusal(StatusCode, &'static str, &'static str);

const fn invalid_grant(description: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_grant", description)
}

pub(super) async fn token(State(shared): State<Shared>, Form(form): Form<TokenForm>) -> Response {
    shared.traffic.count(|counters| counters.token_requests += 1);
    match check(&shared, &form) {
        Ok(claims) => issue(&shared, claims).into_response(),
        Err(Refusal(status, error, description)) => {
            let body = json!({"error": error, "error_description": description});
            (status, Json(body)).into_response()
        }
    }
}

fn check(shared: &Shared, form: &TokenForm) -> Result<Claims, Refusal> {
    if form.grant_type != GRANT_TYPE {
        return Err(Refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Invalid grant_type"));
    }
    let (header, claims) = verified(shared, &form.assertion)?;
    if header.alg != "RS256" {
        return Err(invalid_grant("Invalid JWT: unsupported algorithm."));
    }
    if claims.iss != shared.account.email() {
        return Err(invalid_grant("Invalid grant: account not found"));
    }
    if claims.aud != shared.token_uri() {
        return Err(invalid_grant("Invalid JWT: wrong audience."));
    }
    let now = clock::now().timestamp();
    let skew = 300;
    if claims.exp <= now || claims.iat > now + skew || claims.exp - claims.iat > 3_600 + skew {
        return Err(invalid_grant("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."));
    }
    if let Some(user) = &claims.sub
        && !shared.delegated_users.iter().any(|known| known == user)
    {
        return Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method.",
        ));
    }
    let scope = claims.scope.as_deref().unwrap_or_default();
    if scope.is_empty() || !scope.split(' ').all(|one| one.starts_with(SCOPE_PREFIX)) {
        return Err(Refusal(StatusCode::BAD_REQUEST, "invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    Ok(claims)
}

/// Header and claims of an assertion whose signature is right.
fn verified(shared: &Shared, assertion: &str) -> Result<(Header, Claims), Refusal> {
    let malformed = invalid_grant("Invalid JWT: Failed to parse assertion.");
    let parts = assertion.rsplit_once('.').and_then(|(message, signature)| {
        let (header, claims) = message.split_once('.')?;
        Some((message, header, claims, signature))
    });
    let Some((message, header, claims, signature)) = parts else {
        return Err(malformed);
    };
    let (Some(header), Some(claims), Ok(signature)) =
        (decode::<Header>(header), decode::<Claims>(claims), BASE64URL.decode(signature))
    else {
        return Err(malformed);
    };
    if !shared.account.verifies(message.as_bytes(), &signature) {
        return Err(invalid_grant("Invalid JWT Signature."));
    }
    Ok((header, claims))
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

fn issue(shared: &Shared, claims: Claims) -> Json<serde_json::Value> {
    let mut project = shared.project();
    let lifetime = project.behaviour.token_lifetime_seconds;
    let token = format!("ya29.{}", Uuid::new_v4().simple());
    let scopes = claims.scope.unwrap_or_default();
    project.tokens.insert(
        token.clone(),
        Grant {
            principal: claims.sub.unwrap_or(claims.iss),
            scopes: scopes.split(' ').map(str::to_owned).collect(),
            expires: clock::now() + TimeDelta::seconds(lifetime),
        },
    );
    shared.traffic.count(|counters| counters.tokens_issued += 1);
    Json(json!({"access_token": token, "expires_in": lifetime, "token_type": "Bearer"}))
}
