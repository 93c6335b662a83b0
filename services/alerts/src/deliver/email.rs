//! E-mail by SMTP, always over TLS but on this machine.

use std::time::Duration;

use jiff::tz::TimeZone;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use nabij_model::escalation::DeliveryFailure;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::outcome::Failure;
use super::words::{Told, letter};
use crate::roster::Language;

/// How the connection to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte (port 465).
    Implicit,
    /// By `STARTTLS`, and never without (port 587).
    StartTls,
    /// Not at all: for a relay on this machine only.
    None,
}

/// How we are known to the server. Shown nowhere.
#[derive(Clone)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(hidden)")
    }
}

/// How letters are sent.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The server's name, as in its certificate.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// PEM of an authority that is believed beside those of the system.
    pub authority: Option<Vec<u8>>,
    /// User and password.
    pub login: Option<Login>,
    /// From whom letters come.
    pub from: String,
    /// How long one command may take.
    pub timeout: Duration,
    /// In which time zone letters tell the time.
    pub zone: TimeZone,
}

/// Settings with which no letter can be sent.
#[derive(Debug, thiserror::Error)]
pub enum NoSmtp {
    /// The sender is no address.
    #[error("`from` is no address: expected one like `nabij@example.org`")]
    From,
    /// Nothing goes over a network in the clear.
    #[error("TLS may be left out for a server on this machine only: use `implicit` or `starttls`")]
    InTheClear,
    /// The authority's file.
    #[error("the authority's file holds no certificate, or TLS cannot be set up")]
    Tls,
}

/// Sends letters.
#[derive(Clone)]
pub struct EmailSender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    zone: TimeZone,
}

impl std::fmt::Debug for EmailSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailSender").finish_non_exhaustive()
    }
}

impl EmailSender {
    /// A sender; it connects when something is to be sent.
    ///
    /// # Errors
    /// [`NoSmtp`].
    pub fn new(settings: SmtpSettings) -> Result<Self, NoSmtp> {
        let from: Address = settings.from.parse().map_err(|_| NoSmtp::From)?;
        let tls = match settings.tls {
            SmtpTls::Implicit => Tls::Wrapper(parameters(&settings)?),
            SmtpTls::StartTls => Tls::Required(parameters(&settings)?),
            SmtpTls::None if is_here(&settings.host) => Tls::None,
            SmtpTls::None => return Err(NoSmtp::InTheClear),
        };
        // The name of this machine is nobody's business: a domain says enough.
        let hello = ClientId::Domain(from.domain().to_owned());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(hello)
            .timeout(Some(settings.timeout));
        if let Some(login) = settings.login {
            transport = transport.credentials(Credentials::new(login.user, login.password.to_string()));
        }
        Ok(Self { transport: transport.build(), from: Mailbox::new(None, from), zone: settings.zone })
    }

    /// Sends one letter; `id` is that of its notice, and the same at every attempt.
    ///
    /// # Errors
    /// [`Failure`]: whether another attempt can help.
    pub async fn send(
        &self,
        id: Uuid,
        told: &[Told],
        language: Language,
        address: &str,
    ) -> Result<(), Failure> {
        let to: Address = address.parse().map_err(|_| {
            Failure::never(DeliveryFailure::NotConfigured, "the address in the roster is no e-mail address")
        })?;
        let message = self.message(id, told, language, to)?;
        self.transport.send(message).await.map(drop).map_err(|error| judge(&error))
    }

    fn message(&self, id: Uuid, told: &[Told], language: Language, to: Address) -> Result<Message, Failure> {
        let letter = letter(told, language, &self.zone);
        let domain = self.from.email.domain();
        let header =
            |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let body = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(letter.html));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .message_id(Some(format!("<{id}@{domain}>")))
            .raw_header(header("List-Id", format!("<alerts.{domain}>")))
            .raw_header(header("Auto-Submitted", "auto-generated".into()))
            .multipart(body)
            .map_err(|_| Failure::never(DeliveryFailure::NotConfigured, "the letter cannot be written"))
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, NoSmtp> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authority {
        parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(|_| NoSmtp::Tls)?);
    }
    parameters.build().map_err(|_| NoSmtp::Tls)
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// 5xx is for good, 4xx and all else is for now. The server's words may name the address: they are not told.
fn judge(error: &lettre::transport::smtp::Error) -> Failure {
    let status = error.status().map(|code| code.to_string()).unwrap_or_default();
    if error.is_permanent() {
        return Failure::never(
            DeliveryFailure::Rejected,
            format!("the mail server answered {status}: for good"),
        );
    }
    if error.is_transient() {
        return Failure::later(
            DeliveryFailure::Rejected,
            format!("the mail server answered {status}: for now"),
        );
    }
    if error.is_timeout() {
        return Failure::later(DeliveryFailure::TimedOut, "the mail server did not answer in time");
    }
    if error.is_tls() {
        return Failure::later(DeliveryFailure::Unreachable, "the mail server's certificate is not believed");
    }
    Failure::later(DeliveryFailure::Unreachable, "the mail server cannot be reached, or broke off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, tls: SmtpTls, from: &str) -> SmtpSettings {
        SmtpSettings {
            host: host.into(),
            port: 1,
            tls,
            authority: None,
            login: None,
            from: from.into(),
            timeout: Duration::from_secs(1),
            zone: TimeZone::UTC,
        }
    }

    #[test]
    fn nothing_goes_over_a_network_in_the_clear() {
        let new = |host, tls, from| EmailSender::new(settings(host, tls, from));
        assert!(new("127.0.0.1", SmtpTls::None, "nabij@example.org").is_ok());
        let far = new("smtp.example.org", SmtpTls::None, "nabij@example.org");
        assert!(matches!(far, Err(NoSmtp::InTheClear)));
        assert!(matches!(new("localhost", SmtpTls::None, "nabij"), Err(NoSmtp::From)));
    }
}
