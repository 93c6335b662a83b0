use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use nabij_alerts::deliver::words::Told;
use nabij_alerts::deliver::{
    EmailSender, Failure, Link, Login, Notice, NoticeId, Retry, SmtpSettings, SmtpTls, WebhookSender,
    WebhookSettings,
};
use nabij_alerts::notices::NoticeKind;
use nabij_alerts::roster::Language;
use nabij_model::escalation::{Channel, DeliveryFailure, EscalationSeverity, Recipient};
use nabij_model::id::EscalationId;
use nabij_model::{EventId, Role};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

use crate::mail_server::MailServer;
use crate::receiver::{Behaviour, Receiver};

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

fn link() -> Link {
    Link::new("https://nabij.example/escalations/{escalation}").unwrap()
}

/// How long a receiver may take that is to answer.
const LONG: Duration = Duration::from_secs(60);

fn webhooks(timeout: Duration) -> WebhookSender {
    WebhookSender::new(WebhookSettings {
        secrets: vec![NEW.parse().unwrap(), OLD.parse().unwrap()],
        link: link(),
        timeout,
        in_the_clear: false,
    })
    .unwrap()
}

fn notice() -> Notice {
    Notice {
        id: NoticeId {
            escalation: EscalationId(Uuid::from_u128(1)),
            of: EventId(Uuid::from_u128(2)),
            step: 0,
            channel: Channel::Webhook,
            to: Recipient::Role(Role::Director),
            contact: None,
        },
        sequence: 3,
        kind: NoticeKind::Raised,
        rule: "acute-signal".parse().unwrap(),
        severity: EscalationSeverity::Acute,
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
    }
}

fn signed(secret: &str, content: &str) -> String {
    let key = BASE64_STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(content.as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_webhook_is_signed_with_both_secrets_and_says_nothing_of_anybody() {
    let receiver = Receiver::start([]).await;
    let now = Timestamp::now();
    webhooks(LONG).send(&notice(), &receiver.address, now).await.unwrap();
    let call = receiver.calls().remove(0);
    let id = &call.headers["webhook-id"];
    assert_eq!(*id, notice().id.uuid().to_string());
    assert_eq!(call.headers["webhook-timestamp"], now.as_second().to_string());
    let content = format!("{id}.{}.{}", now.as_second(), call.body);
    assert_eq!(
        call.headers["webhook-signature"],
        format!("{} {}", signed(NEW, &content), signed(OLD, &content))
    );
    let body: Value = serde_json::from_str(&call.body).unwrap();
    let expected = serde_json::json!({
        "type": "escalation.raised",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {
            "escalation": "00000000-0000-0000-0000-000000000001",
            "step": 0,
            "sequence": 3,
            "rule": "acute-signal",
            "severity": "acute",
            "link": "https://nabij.example/escalations/00000000-0000-0000-0000-000000000001",
        },
    });
    assert_eq!(body, expected, "nothing else");
}

#[tokio::test]
async fn each_way_to_fail_is_told_apart_and_a_receiver_that_comes_back_gets_the_same_id() {
    let elsewhere = Receiver::start([]).await;
    let redirect: &'static str = format!("location: {}\r\n", elsewhere.address).leak();
    let receiver = Receiver::start([
        Behaviour::Answer(500, ""),
        Behaviour::Answer(429, "retry-after: 7\r\n"),
        Behaviour::Answer(307, redirect),
        Behaviour::BreakOff,
        Behaviour::Answer(410, ""),
        Behaviour::Slowly(Duration::from_millis(700), 200),
    ])
    .await;
    let sender = webhooks(LONG);
    let send = async || sender.send(&notice(), &receiver.address, Timestamp::now()).await;
    let judged = |failure: Failure| (failure.reason, failure.retry);
    let later = |reason| (reason, Retry::Later(None));
    assert_eq!(judged(send().await.unwrap_err()), later(DeliveryFailure::Rejected));
    let asked = Retry::Later(Some(SignedDuration::from_secs(7)));
    assert_eq!(judged(send().await.unwrap_err()), (DeliveryFailure::Rejected, asked));
    assert_eq!(judged(send().await.unwrap_err()), later(DeliveryFailure::Rejected));
    assert!(elsewhere.calls().is_empty(), "nobody but the address in the roster is told");
    assert_eq!(judged(send().await.unwrap_err()), later(DeliveryFailure::Unreachable));
    assert_eq!(judged(send().await.unwrap_err()), (DeliveryFailure::Rejected, Retry::Never));
    send().await.unwrap();
    let calls = receiver.calls();
    assert_eq!(calls.len(), 6);
    assert!(calls.iter().all(|call| call.headers["webhook-id"] == calls[0].headers["webhook-id"]));
    assert!(calls.iter().all(|call| call.body == calls[0].body && call.path == "/hook"));
    let hanging = Receiver::start([Behaviour::Hang]).await;
    let hasty = webhooks(Duration::from_millis(500));
    let hung = hasty.send(&notice(), &hanging.address, Timestamp::now()).await.unwrap_err();
    assert_eq!(judged(hung), later(DeliveryFailure::TimedOut));
    let nobody = webhooks(LONG).send(&notice(), "http://127.0.0.1:9/", Timestamp::now()).await.unwrap_err();
    assert_eq!(judged(nobody.clone()), later(DeliveryFailure::Unreachable));
    assert!(!nobody.to_string().contains("127.0.0.1"), "no log line shows an address: {nobody}");
}

fn mail(server: &MailServer, tls: SmtpTls, authority: Option<Vec<u8>>) -> EmailSender {
    EmailSender::new(SmtpSettings {
        host: "localhost".into(),
        port: server.port,
        tls,
        authority,
        login: Some(Login { user: "nabij".into(), password: "correct horse".to_owned().into() }),
        from: "nabij@example.org".into(),
        timeout: Duration::from_secs(20),
        zone: TimeZone::get("Europe/Brussels").unwrap(),
    })
    .unwrap()
}

fn told() -> Told {
    let notice = notice();
    Told {
        kind: notice.kind,
        title: "Signal aigu".into(),
        severity: notice.severity,
        step: 0,
        at: notice.at,
        link: link().to(notice.id.escalation),
    }
}

#[tokio::test]
async fn a_letter_goes_over_tls_with_its_own_id_and_names_nobody() {
    for (starttls, tls) in [(false, SmtpTls::Implicit), (true, SmtpTls::StartTls)] {
        let server = MailServer::start(starttls);
        let sender = mail(&server, tls, Some(server.authority.clone()));
        let id = notice().id.uuid();
        sender.send(id, &[told()], Language::Fr, "director@example.org").await.unwrap();
        let letter = server.letter();
        assert_eq!(letter["to"], serde_json::json!(["director@example.org"]));
        let headers = &letter["headers"];
        assert_eq!(headers["Message-ID"], format!("<{id}@example.org>"));
        assert_eq!(headers["Auto-Submitted"], "auto-generated");
        assert_eq!(headers["List-Id"], "<alerts.example.org>");
        assert_eq!(headers["Subject"], "Nabij: AIGU - Signal aigu");
        for part in ["text", "html"] {
            let text = letter[part].as_str().unwrap();
            assert!(
                text.contains("https://nabij.example/escalations/00000000-0000-0000-0000-000000000001"),
                "{text}"
            );
            assert!(text.contains("01/03/2026 13:00"), "{text}");
        }
        // Only what is asked for above stands in it: no field of a notice could hold a name.
        let busy = sender.send(id, &[told()], Language::Fr, "busy-a@example.org").await.unwrap_err();
        assert_eq!((busy.reason, busy.retry), (DeliveryFailure::Rejected, Retry::Later(None)));
        let gone = sender.send(id, &[told()], Language::Fr, "gone-a@example.org").await.unwrap_err();
        assert_eq!((gone.reason, gone.retry), (DeliveryFailure::Rejected, Retry::Never));
        assert!(!gone.to_string().contains("gone-a"), "{gone}");
        sender.send(id, &[told()], Language::Fr, "busy-a@example.org").await.unwrap();
        assert_eq!(server.letter()["headers"]["Message-ID"], headers["Message-ID"]);
        assert!(server.is_empty());
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_mail_server_whose_certificate_is_not_believed_or_that_is_away() {
    let server = MailServer::start(false);
    let stranger = mail(&server, SmtpTls::Implicit, None);
    let refused = stranger.send(Uuid::nil(), &[told()], Language::Nl, "a@example.org").await.unwrap_err();
    assert_eq!((refused.reason, refused.retry), (DeliveryFailure::Unreachable, Retry::Later(None)));
    let sender = mail(&server, SmtpTls::Implicit, Some(server.authority.clone()));
    assert!(server.is_empty());
    drop(server);
    let away = sender.send(Uuid::nil(), &[told()], Language::Nl, "a@example.org").await.unwrap_err();
    assert_eq!((away.reason, away.retry), (DeliveryFailure::Unreachable, Retry::Later(None)));
}
