//! Who may see a calendar.
use std::collections::BTreeSet;

use advosync_sync::ports::Failure;
use data_encoding::HEXLOWER;
use google_calendar3::api::{AclRule, AclRuleScope};
use reqwest::Method;
use sha2::{Digest, Sha256};

use crate::answer;
use crate::client::{Call, GoogleClient};
use crate::quota::Kind;
use crate::wire::{self, path};

const LIST: &str = "acl.list";
const INSERT: &str = "acl.insert";
const DELETE: &str = "acl.delete";

/// What somebody may do with a calendar; the later, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees when it is taken.
    FreeBusyReader,
    /// Sees everything but what is private.
    Reader,
    /// Changes events.
    Writer,
    /// Manages the calendar.
    Owner,
}

impl Role {
    const ALL: [Self; 4] = [Self::FreeBusyReader, Self::Reader, Self::Writer, Self::Owner];

    fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    /// The role of that name; `None` for `none` and what is unknown.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Somebody whom a calendar can be shared with. Never everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// A person's address.
    User(String),
    /// A group's address.
    Group(String),
    /// Everybody of a domain.
    Domain(String),
}

impl Grantee {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::User(value) => ("user", value),
            Self::Group(value) => ("group", value),
            Self::Domain(value) => ("domain", value),
        }
    }

    /// Tells grantees apart without naming them.
    #[must_use]
    pub fn digest(&self) -> String {
        let (kind, value) = self.parts();
        digest(kind, value)
    }

    fn is_of(&self, scope: &AclRuleScope) -> bool {
        let (kind, value) = self.parts();
        scope.type_.as_deref() == Some(kind) && scope.value.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(value))
    }
}

/// A role that somebody should have at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// Which role.
    pub role: Role,
}

/// What [`GoogleClient::share`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sharing {
    /// Grants that were missing or too low, and are there now.
    pub granted: usize,
    /// Rules of former grantees, taken away.
    pub revoked: usize,
    /// Rules of others whom a person let in: to be reported, not mended.
    pub others: usize,
    /// Somebody shared the calendar with everybody, in this role: to be reported, not mended.
    pub public: Option<Role>,
}

impl GoogleClient {
    /// A calendar's rules.
    ///
    /// # Errors
    /// Any failed call.
    pub async fn access_rules(&self, calendar: &str) -> Result<Vec<AclRule>, Failure> {
        let query = [("maxResults", "250".to_owned())];
        let (pages, _) = self.pages(LIST, path::ACL, &[calendar], &query, |reply| answer::on_calendar(reply, LIST)).await?;
        Ok(wire::readable(&pages.concat()).0)
    }

    /// Sees to it that each of `grants` is there, without mail to anybody, and that nobody of `former` (by
    /// [`Grantee::digest`]) is who is not granted anything any more. Everybody else keeps what they have.
    ///
    /// # Errors
    /// Any failed call; what came before it has been done.
    pub async fn share(&self, calendar: &str, grants: &[Grant], former: &BTreeSet<String>) -> Result<Sharing, Failure> {
        let rules = self.access_rules(calendar).await?;
        let mut sharing = Sharing { public: public_role(&rules), ..Sharing::default() };
        for grant in missing(&rules, grants) {
            self.grant(calendar, grant).await?;
            sharing.granted += 1;
        }
        for (rule, grantee) in unwanted(&rules, grants, self.identity()) {
            match rule.id.as_deref().filter(|_| former.contains(&grantee)) {
                Some(id) => {
                    self.revoke(calendar, id).await?;
                    sharing.revoked += 1;
                }
                None => sharing.others += 1,
            }
        }
        Ok(sharing)
    }

    /// Takes a rule away; one that is not there is fine.
    async fn revoke(&self, calendar: &str, rule_id: &str) -> Result<(), Failure> {
        let ids = [calendar, rule_id];
        let call = Call { kind: Kind::Share, freely: true, ..Call::write(DELETE, Method::DELETE, path::ACL_RULE, &ids) };
        self.call(call, |reply| if matches!(reply.status.as_u16(), 404 | 410) { Ok(()) } else { answer::success(reply, DELETE) })
            .await
    }

    /// Inserting a rule for somebody who has one replaces it, so it may be repeated.
    async fn grant(&self, calendar: &str, grant: &Grant) -> Result<(), Failure> {
        let ids = [calendar];
        let (kind, value) = grant.grantee.parts();
        let scope = AclRuleScope { type_: Some(kind.into()), value: Some(value.into()) };
        let rule = AclRule { role: Some(grant.role.name().into()), scope: Some(scope), ..AclRule::default() };
        let call = Call {
            kind: Kind::Share,
            query: vec![(wire::NO_NOTIFICATIONS.0, wire::NO_NOTIFICATIONS.1.to_owned())],
            body: Some(wire::body(&rule).to_string().into_bytes()),
            freely: true,
            ..Call::write(INSERT, Method::POST, path::ACL, &ids)
        };
        self.call(call, |reply| answer::on_calendar(reply, INSERT)).await
    }
}

fn missing<'a>(rules: &[AclRule], grants: &'a [Grant]) -> impl Iterator<Item = &'a Grant> {
    grants.iter().filter(|grant| !rules.iter().any(|rule| suffices(rule, grant)))
}

fn suffices(rule: &AclRule, grant: &Grant) -> bool {
    rule.scope.as_ref().is_some_and(|scope| grant.grantee.is_of(scope)) && role(rule).is_some_and(|role| role >= grant.role)
}

/// Rules of people, groups and domains that nobody asked for, with whom they let in; not the account's own.
fn unwanted<'a>(rules: &'a [AclRule], grants: &'a [Grant], own: &'a str) -> impl Iterator<Item = (&'a AclRule, String)> {
    rules.iter().filter(|rule| role(rule).is_some()).filter_map(move |rule| {
        let scope = rule.scope.as_ref()?;
        let (kind, value) = (scope.type_.as_deref()?, scope.value.as_deref()?);
        let wanted = value.eq_ignore_ascii_case(own) || grants.iter().any(|grant| grant.grantee.is_of(scope));
        (!wanted && kind != "default").then(|| (rule, digest(kind, value)))
    })
}

fn digest(kind: &str, value: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{kind}:{}", value.to_ascii_lowercase()))[..8])
}

fn public_role(rules: &[AclRule]) -> Option<Role> {
    let everybody = |rule: &&AclRule| rule.scope.as_ref().is_some_and(|scope| scope.type_.as_deref() == Some("default"));
    rules.iter().filter(everybody).find_map(role)
}

fn role(rule: &AclRule) -> Option<Role> {
    Role::of(rule.role.as_deref()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: &str, value: Option<&str>, role: &str) -> AclRule {
        let scope = AclRuleScope { type_: Some(kind.into()), value: value.map(Into::into) };
        AclRule { role: Some(role.into()), scope: Some(scope), ..AclRule::default() }
    }

    #[test]
    fn only_missing_and_lower_roles_are_granted() {
        let rules = [
            rule("user", Some("Owner@example.org"), "owner"),
            rule("user", Some("low@example.org"), "reader"),
            rule("user", Some("off@example.org"), "none"),
        ];
        let grant = |address: &str, role| Grant { grantee: Grantee::User(address.into()), role };
        let grants = [
            grant("owner@example.org", Role::Owner),
            grant("owner@example.org", Role::Reader),
            grant("low@example.org", Role::Owner),
            grant("off@example.org", Role::Reader),
            grant("new@example.org", Role::Reader),
        ];
        let missing: Vec<_> = missing(&rules, &grants).cloned().collect();
        assert_eq!(missing, grants[2..]);
    }

    #[test]
    fn others_are_told_apart_from_the_granted_and_from_ourselves() {
        let rules = [
            rule("user", Some("Us@example.org"), "owner"),
            rule("user", Some("boss@example.org"), "owner"),
            rule("user", Some("former@example.org"), "reader"),
            rule("group", Some("off@example.org"), "none"),
            rule("default", None, "reader"),
        ];
        let boss = Grant { grantee: Grantee::User("boss@example.org".into()), role: Role::Reader };
        let unwanted: Vec<_> = unwanted(&rules, std::slice::from_ref(&boss), "us@example.org").map(|(_, who)| who).collect();
        assert_eq!(unwanted, [Grantee::User("FORMER@example.org".into()).digest()]);
    }

    #[test]
    fn a_calendar_open_to_everybody_is_seen() {
        assert_eq!(public_role(&[rule("default", None, "freeBusyReader")]), Some(Role::FreeBusyReader));
        assert_eq!(public_role(&[rule("default", None, "none"), rule("domain", Some("example.org"), "reader")]), None);
    }
}
