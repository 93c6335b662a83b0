//! The channels by which people are told, from settings and files of secrets.

use anyhow::Context as _;
use nabij_alerts::deliver::{
    Channels, EmailSender, Link, Login, SmtpSettings, SmtpTls, WebhookSecret, WebhookSender, WebhookSettings,
};
use nabij_alerts::roster::Roster;

use crate::context::Context;
use crate::secret_file;
use crate::settings::{MailServer, MailTls};

/// Sets the channels up; nothing is connected yet.
///
/// # Errors
/// The setting or the file that is wrong; never a secret.
pub(crate) fn channels(context: &Context, roster: &Roster) -> anyhow::Result<Channels> {
    let settings = &context.settings.notify;
    let link = settings.link.as_deref().map(Link::new).transpose().context("setting notify.link")?;
    let mut channels = Channels { link, ..Channels::default() };
    let Some(link) = channels.link.clone().filter(|_| settings.is_set_up()) else {
        return Ok(channels);
    };
    if !settings.webhook_secret_files.is_empty() {
        let secrets = settings.webhook_secret_files.iter().map(|file| {
            let text = secret_file::read(file, "notify.webhook_secret_files", &context.settings.keys)?;
            text.parse::<WebhookSecret>().with_context(|| format!("the file {}", file.display()))
        });
        let sender = WebhookSender::new(WebhookSettings {
            secrets: secrets.collect::<anyhow::Result<_>>()?,
            link,
            timeout: settings.webhook_timeout(),
            in_the_clear: settings.webhook_in_the_clear,
        });
        channels.webhook = Some(sender.context("webhooks cannot be sent")?);
    }
    if let Some(server) = &settings.smtp {
        channels.email = Some(mail(context, server, roster)?);
    }
    Ok(channels)
}

fn mail(context: &Context, server: &MailServer, roster: &Roster) -> anyhow::Result<EmailSender> {
    let authority = server.ca_file.as_ref().map(|file| {
        std::fs::read(file).with_context(|| format!("setting notify.smtp.ca_file: {}", file.display()))
    });
    let login = server.user.clone().zip(server.password_file.as_ref()).map(|(user, file)| {
        let password = secret_file::read(file, "notify.smtp.password_file", &context.settings.keys)?;
        anyhow::Ok(Login { user, password })
    });
    let tls = match server.tls {
        MailTls::Implicit => SmtpTls::Implicit,
        MailTls::Starttls => SmtpTls::StartTls,
        MailTls::None => SmtpTls::None,
    };
    EmailSender::new(SmtpSettings {
        host: server.host.clone(),
        port: server.port(),
        tls,
        authority: authority.transpose()?,
        login: login.transpose()?,
        from: server.from.clone(),
        timeout: server.timeout(),
        zone: roster.zone().clone(),
    })
    .context("setting notify.smtp")
}
