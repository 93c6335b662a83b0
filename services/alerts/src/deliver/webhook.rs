//! Signed webhooks: a POST without any personal data, with the headers of Standard Webhooks.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use nabij_model::escalation::DeliveryFailure;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::json;

use super::notice::Notice;
use super::outcome::{Failure, Retry};
use super::sign::{WebhookSecret, signatures};
use super::words::Link;
use crate::notices::NoticeKind;

const AGENT: &str = concat!("nabij/", env!("CARGO_PKG_VERSION"));

/// Sends webhooks.
#[derive(Debug, Clone)]
pub struct WebhookSender {
    client: Client,
    secrets: Vec<WebhookSecret>,
    link: Link,
    in_the_clear: bool,
}

/// How webhooks are sent.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// The newest first; two while one is rotated.
    pub secrets: Vec<WebhookSecret>,
    /// Where a reader finds the escalation.
    pub link: Link,
    /// How long one receiver may take, from the first byte to its answer.
    pub timeout: Duration,
    /// Whether a receiver on another machine may be spoken to without TLS.
    pub in_the_clear: bool,
}

impl WebhookSender {
    /// A sender. It follows no redirect: nobody but the address in the roster is told.
    ///
    /// # Errors
    /// When the authorities of the system cannot be read.
    pub fn new(settings: WebhookSettings) -> Result<Self, reqwest::Error> {
        let WebhookSettings { secrets, link, timeout, in_the_clear } = settings;
        let client = Client::builder()
            .user_agent(AGENT)
            .redirect(redirect::Policy::none())
            .connect_timeout(timeout)
            .timeout(timeout)
            .build()?;
        Ok(Self { client, secrets, link, in_the_clear })
    }

    /// Sends one notice. `now` is the `webhook-timestamp`, by which a receiver refuses what somebody kept and sends again.
    ///
    /// # Errors
    /// [`Failure`]: whether another attempt can help, and when.
    pub async fn send(&self, notice: &Notice, address: &str, now: Timestamp) -> Result<(), Failure> {
        let url = self.address(address)?;
        let id = notice.id.uuid().to_string();
        let body = self.body(notice);
        let timestamp = now.as_second();
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signatures(&self.secrets, &id, timestamp, body.as_bytes()))
            .body(body);
        match request.send().await {
            Ok(response) => judge(response.status(), response.headers(), now),
            Err(error) if error.is_timeout() => {
                Err(Failure::later(DeliveryFailure::TimedOut, "the receiver did not answer in time"))
            }
            // The error names the address, and often what stands in it: it is not told.
            Err(error) if error.is_connect() => {
                Err(Failure::later(DeliveryFailure::Unreachable, "the receiver cannot be reached"))
            }
            Err(_) => Err(Failure::later(DeliveryFailure::Unreachable, "the receiver broke the call off")),
        }
    }

    fn address(&self, address: &str) -> Result<Url, Failure> {
        let wrong = |detail| Failure::never(DeliveryFailure::NotConfigured, detail);
        let url: Url = address.parse().map_err(|_| wrong("the address in the roster is no URL"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.in_the_clear || is_loopback(&url) => Ok(url),
            _ => Err(wrong("the address in the roster is not of https, and nothing is sent in the clear")),
        }
    }

    /// The same at every attempt: ids and kinds, nothing of anybody.
    fn body(&self, notice: &Notice) -> String {
        json!({
            "type": kind(notice.kind),
            "timestamp": notice.at,
            "data": {
                "escalation": notice.id.escalation,
                "step": notice.id.step,
                "sequence": notice.sequence,
                "rule": notice.rule,
                "severity": notice.severity,
                "link": self.link.to(notice.id.escalation),
            },
        })
        .to_string()
    }
}

fn kind(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Raised => "escalation.raised",
        NoticeKind::HandedUp => "escalation.handed_up",
        NoticeKind::Missed => "escalation.missed",
        NoticeKind::Reminded => "escalation.reminded",
        NoticeKind::Undelivered => "escalation.undelivered",
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}

/// What an answer means: 2xx took it, 410 never will, everything else may yet.
fn judge(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let detail = format!("the receiver answered {}", status.as_u16());
    if status == StatusCode::GONE {
        return Err(Failure::never(DeliveryFailure::Rejected, detail));
    }
    let asked = headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now));
    Err(Failure { reason: DeliveryFailure::Rejected, retry: Retry::Later(asked), detail })
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let at = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_when_in_seconds_or_by_a_date() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(SignedDuration::from_mins(2)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 12:30:00 GMT", now), Some(SignedDuration::from_mins(30)));
        assert_eq!(retry_after("Sun, 01 Mar 2026 11:30:00 GMT", now), Some(SignedDuration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn nothing_goes_to_another_machine_in_the_clear_unless_set() {
        let sender = |in_the_clear| {
            let link = Link::new("https://nabij.example/{escalation}").unwrap();
            let timeout = Duration::from_secs(1);
            WebhookSender::new(WebhookSettings { secrets: Vec::new(), link, timeout, in_the_clear }).unwrap()
        };
        for address in ["http://127.0.0.1:1/", "http://localhost/x", "http://[::1]:9/", "https://hq.example/"]
        {
            assert!(sender(false).address(address).is_ok(), "{address}");
        }
        for address in ["http://hq.example/", "http://127.0.0.1.example/", "ftp://hq.example/", "hq"] {
            assert_eq!(sender(false).address(address).unwrap_err().retry, Retry::Never, "{address}");
        }
        assert!(sender(true).address("http://hq.example/").is_ok());
    }
}
