//! Who is told of a change of state.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::google::is_mail_address;
use crate::reader::web_url;
use crate::{Reader, Settings};

const URL: &str = "NOTIFY_URL";
const SMTP: &str = "NOTIFY_SMTP_URL";
const MAIL_TO: &str = "NOTIFY_MAIL_TO";

/// Where notices go; both ways may be used at once.
#[derive(Debug, Clone, Default)]
pub struct NotifyConfig {
    /// Address to which notices are posted; may hold a secret.
    pub url: Option<SecretString>,
    /// Notices by mail.
    pub mail: Option<MailConfig>,
    /// Address of the api as people reach it, for links; with a slash at its end.
    pub link_base: Option<Url>,
}

/// Notices by mail.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// `smtp://` or `smtps://` address, which may hold user and password.
    pub smtp_url: SecretString,
    /// Who gets the mails; never empty.
    pub to: Vec<String>,
}

impl Settings for NotifyConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let url = reader.optional_secret(URL);
        if url.as_ref().is_some_and(|url| web_url(url.expose_secret()).is_none()) {
            reader.fault(URL, "an http or https address");
        }
        Self { url, mail: read_mail(reader), link_base: reader.optional_base_url("PUBLIC_BASE_URL") }
    }
}

fn read_mail(reader: &mut Reader<'_>) -> Option<MailConfig> {
    let smtp_url = reader.optional_secret(SMTP);
    if smtp_url.as_ref().is_some_and(|url| !is_smtp(url.expose_secret())) {
        reader.fault(SMTP, "an address such as smtps://user:password@host:465");
    }
    let listed = reader.optional(MAIL_TO).is_some();
    let to = reader.parsed(MAIL_TO, "mail addresses separated by commas", |text| {
        text.split(',').map(|to| is_mail_address(to.trim()).then(|| to.trim().to_owned())).collect()
    });
    match (&smtp_url, listed) {
        (Some(_), false) => reader.fault(MAIL_TO, "mail addresses, since NOTIFY_SMTP_URL is set"),
        (None, true) => reader.fault(MAIL_TO, "unset, or NOTIFY_SMTP_URL set as well"),
        _ => {}
    }
    smtp_url.zip(to).map(|(smtp_url, to)| MailConfig { smtp_url, to })
}

fn is_smtp(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host())
}
