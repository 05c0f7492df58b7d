//! Whoever asks.

use advosync_config::Role;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Session;
use super::tokens::Token;
use crate::problem::{Kind, Problem};

/// Whoever asks, and what they may do.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    /// The token's name; stands in run records and in the journal.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
    /// Their session, where they use the dashboard.
    pub(crate) session: Option<Session>,
}

impl Actor {
    pub(super) fn by_token(token: &Token) -> Self {
        Self { name: token.name.clone(), role: token.role, session: None }
    }

    pub(super) fn by_session(token: &Token, session: Session) -> Self {
        Self { session: Some(session), ..Self::by_token(token) }
    }

    pub(super) fn local(name: &str) -> Self {
        Self { name: name.to_owned(), role: Role::Content, session: None }
    }

    /// Whether they may trigger, release, requeue and drop.
    pub(crate) fn may_operate(&self) -> bool {
        self.role >= Role::Operator
    }

    /// Whether they may see texts of appointments.
    pub(crate) fn may_read_texts(&self) -> bool {
        self.role >= Role::Content
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // The guard stands before every route that asks for an actor.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::new(Kind::Unauthenticated, "Nobody has signed in."))
    }
}

/// Whoever asks, and may do more than look.
#[derive(Debug, Clone)]
pub(crate) struct Operator(pub(crate) Actor);

impl<S: Sync> FromRequestParts<S> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let actor = Actor::from_request_parts(parts, state).await?;
        if actor.may_operate() {
            return Ok(Self(actor));
        }
        Err(Problem::new(
            Kind::Forbidden,
            "A viewer may look; triggering, releasing, requeueing and dropping need the role operator.",
        ))
    }
}
