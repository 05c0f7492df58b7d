//! The ways to people: a webhook and mail.

use std::time::Duration;

use advosync_config::{MailConfig, NotifyConfig};
use anyhow::Context;
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::memory::Change;
use super::texts::{Notice, Words};

/// How long a channel may take for one notice.
const TIME_OUT: Duration = Duration::from_secs(10);

/// A way to people.
#[derive(Debug)]
pub(super) enum Channel {
    /// Each notice is posted as JSON.
    Webhook {
        /// The client.
        client: reqwest::Client,
        /// Where to; may hold a secret.
        url: SecretString,
    },
    /// All notices of a look in one mail.
    Mail {
        /// The server.
        transport: Box<AsyncSmtpTransport<Tokio1Executor>>,
        /// Who writes.
        from: Mailbox,
        /// Who reads.
        to: Vec<Mailbox>,
    },
}

/// A notice that a channel did not take. Holds no address and no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// No answer.
    #[error("the address of NOTIFY_URL does not answer")]
    NoAnswer,
    /// Not taken.
    #[error("the address of NOTIFY_URL answered {0}")]
    Status(u16),
    /// The mail could not be put together.
    #[error("the mail can't be written")]
    Message,
    /// The server did not take it.
    #[error("the server of NOTIFY_SMTP_URL did not take the mail{}", code.map(|code| format!(" ({code})")).unwrap_or_default())]
    Smtp {
        /// Its answer's code, where it gave one.
        code: Option<u16>,
    },
}

/// The channels that are set.
pub(super) fn configured(config: &NotifyConfig) -> anyhow::Result<Vec<Channel>> {
    let mut channels = Vec::new();
    if let Some(url) = &config.url {
        let tls = advosync_upstream::tls_config()?;
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).timeout(TIME_OUT).build()?;
        channels.push(Channel::Webhook { client, url: url.clone() });
    }
    if let Some(mail) = &config.mail {
        channels.push(mail_channel(mail)?);
    }
    Ok(channels)
}

fn mail_channel(mail: &MailConfig) -> anyhow::Result<Channel> {
    let url = mail.smtp_url.expose_secret();
    let encrypted = encrypted(url).context("NOTIFY_SMTP_URL is no address")?;
    // An error's text could repeat the address with its password.
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&encrypted).ok().context("NOTIFY_SMTP_URL can't be used")?;
    let to: Result<Vec<Mailbox>, _> = mail.to.iter().map(|to| to.parse()).collect();
    Ok(Channel::Mail {
        transport: Box::new(transport.timeout(Some(TIME_OUT)).build()),
        from: sender(url).context("NOTIFY_SMTP_URL names no sender")?,
        to: to.ok().context("NOTIFY_MAIL_TO can't be used")?,
    })
}

/// The same address, encrypted wherever the server can; a password never goes over a network in clear.
fn encrypted(smtp_url: &str) -> Option<String> {
    let mut url = Url::parse(smtp_url).ok()?;
    if url.scheme() == "smtp" && !url.query_pairs().any(|(name, _)| name == "tls") {
        let local = matches!(url.host_str()?, "localhost" | "127.0.0.1" | "[::1]");
        let how = if url.password().is_some() && !local { "required" } else { "opportunistic" };
        url.query_pairs_mut().append_pair("tls", how);
    }
    Some(url.into())
}

/// The user of the server where that is a mail address, else a name of ours at the server's own.
fn sender(smtp_url: &str) -> Option<Mailbox> {
    let url = Url::parse(smtp_url).ok()?;
    let user = url::form_urlencoded::parse(format!("u={}", url.username()).as_bytes()).next().map(|(_, user)| user.into_owned());
    let address = user.filter(|user| user.contains('@')).and_then(|user| user.parse().ok());
    let host = url.host_str()?.trim_matches(['[', ']']);
    let host = if host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { host };
    let address = address.or_else(|| format!("advosync@{host}").parse().ok())?;
    Some(Mailbox::new(Some("Advosync".to_owned()), address))
}

impl Channel {
    /// Under this name is kept what it told.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Mail { .. } => "mail",
        }
    }

    /// The changes that are sent together.
    pub(super) fn at_a_time<'c>(&self, changes: &'c [Change]) -> std::slice::Chunks<'c, Change> {
        match self {
            Self::Webhook { .. } => changes.chunks(1),
            Self::Mail { .. } => changes.chunks(changes.len().max(1)),
        }
    }

    /// Sends notices, in their order.
    pub(super) async fn send(&self, notices: &[Notice]) -> Result<(), SendError> {
        match self {
            Self::Webhook { client, url } => {
                for notice in notices {
                    post(client, url, notice).await?;
                }
                Ok(())
            }
            Self::Mail { transport, from, to } => {
                let mail = mail(from, to, notices).ok_or(SendError::Message)?;
                let sent = transport.send(mail).await;
                sent.map(drop).map_err(|error| SendError::Smtp { code: error.status().map(u16::from) })
            }
        }
    }
}

async fn post(client: &reqwest::Client, url: &SecretString, notice: &Notice) -> Result<(), SendError> {
    let body = serde_json::to_vec(notice).unwrap_or_default();
    let request = client.post(url.expose_secret()).header("content-type", "application/json").body(body);
    let response = request.send().await.map_err(|_| SendError::NoAnswer)?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(SendError::Status(status.as_u16())) }
}

fn mail(from: &Mailbox, to: &[Mailbox], notices: &[Notice]) -> Option<Message> {
    let subject = match notices {
        [one] => format!("Advosync: {}", one.german.title),
        many => format!("Advosync: {} Meldungen", many.len()),
    };
    let part = |words: fn(&Notice) -> &Words| {
        let lines = notices.iter().map(|notice| {
            let words = words(notice);
            let lines = [&words.title, &words.why, &words.consequence, &words.remedy, &notice.link];
            lines.into_iter().filter(|line| !line.is_empty()).cloned().collect::<Vec<_>>().join("\n")
        });
        lines.collect::<Vec<_>>().join("\n\n")
    };
    let body = format!("{}\n\n-- English --\n\n{}\n", part(|notice| &notice.german), part(|notice| &notice.english));
    let mut builder = Message::builder().from(from.clone()).subject(subject);
    for to in to {
        builder = builder.to(to.clone());
    }
    builder.header(ContentType::TEXT_PLAIN).body(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_sent_in_clear() {
        let of = |url: &str| encrypted(url).unwrap();
        assert_eq!(of("smtp://user:geheim@smtp.example:587"), "smtp://user:geheim@smtp.example:587?tls=required");
        assert_eq!(of("smtp://smtp.example"), "smtp://smtp.example?tls=opportunistic");
        assert_eq!(of("smtp://user:geheim@127.0.0.1:25"), "smtp://user:geheim@127.0.0.1:25?tls=opportunistic");
        assert_eq!(of("smtps://user:geheim@smtp.example"), "smtps://user:geheim@smtp.example");
        assert_eq!(of("smtp://smtp.example?tls=required"), "smtp://smtp.example?tls=required");
    }

    #[test]
    fn whoever_writes_is_the_servers_user_or_a_name_of_ours() {
        let of = |url: &str| sender(url).unwrap().email.to_string();
        assert_eq!(of("smtps://post%40kanzlei.example:geheim@smtp.kanzlei.example:465"), "post@kanzlei.example");
        assert_eq!(of("smtp://smtp.kanzlei.example"), "advosync@smtp.kanzlei.example");
        assert_eq!(of("smtp://user:geheim@127.0.0.1:25"), "advosync@localhost");
    }
}
