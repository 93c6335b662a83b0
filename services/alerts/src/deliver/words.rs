//! What a notice says, in the reader's language. A title, how loud, when, a link: no word of it is about anybody.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use nabij_model::escalation::EscalationSeverity;
use nabij_model::id::EscalationId;

use crate::notices::NoticeKind;
use crate::roster::Language;

const PLACEHOLDER: &str = "{escalation}";

/// A text is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no link: expected an address that begins with `https://` and holds `{PLACEHOLDER}`")]
pub struct NoLink;

/// Where a reader finds an escalation; who opens it signs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// An address in which `{escalation}` stands for the id.
    ///
    /// # Errors
    /// [`NoLink`].
    pub fn new(template: &str) -> Result<Self, NoLink> {
        let url: reqwest::Url = template.replace(PLACEHOLDER, "x").parse().map_err(|_| NoLink)?;
        let near = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let safe = url.scheme() == "https" || (url.scheme() == "http" && near);
        if safe && template.contains(PLACEHOLDER) { Ok(Self(template.to_owned())) } else { Err(NoLink) }
    }

    /// The link of one escalation.
    #[must_use]
    pub fn to(&self, escalation: EscalationId) -> String {
        self.0.replace(PLACEHOLDER, &escalation.to_string())
    }
}

/// One notice, as a letter tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Why.
    pub kind: NoticeKind,
    /// The rule's title in the reader's language.
    pub title: String,
    /// How loud.
    pub severity: EscalationSeverity,
    /// The rung, from 0.
    pub step: u32,
    /// Since when.
    pub at: Timestamp,
    /// Where to go.
    pub link: String,
}

/// A letter: subject, plain text and the same as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// As everybody can read it.
    pub text: String,
    /// The same with a link to click on.
    pub html: String,
}

/// Writes a letter of one notice, or of several at once.
#[must_use]
pub fn letter(told: &[Told], language: Language, zone: &TimeZone) -> Letter {
    let words = words(language);
    let subject = match told {
        [one] => format!("Nabij: {} - {}", severity(one.severity, language), one.title),
        many => format!("Nabij: {} {}", many.len(), words.together),
    };
    let (mut text, mut items) = (String::new(), String::new());
    for one in told {
        let why = why(one.kind, language);
        let local = one.at.to_zoned(zone.clone());
        let at = format!(
            "{:02}/{:02}/{} {:02}:{:02}",
            local.day(),
            local.month(),
            local.year(),
            local.hour(),
            local.minute()
        );
        let loud = severity(one.severity, language);
        let step = one.step + 1;
        let facts = format!("{}: {loud}. {}: {step}. {}: {at}.", words.severity, words.step, words.since);
        text.push_str(&format!("{}\n{why}\n{facts}\n{}\n\n", one.title, one.link));
        items.push_str(&format!(
            "<h2>{}</h2>\n<p>{}</p>\n<p>{}</p>\n<p><a href=\"{}\">{}</a></p>\n",
            Escaped(&one.title),
            Escaped(why),
            Escaped(&facts),
            Escaped(&one.link),
            Escaped(words.open),
        ));
    }
    text.push_str(words.foot);
    text.push('\n');
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{items}<p>{}</p>\n</body>\n</html>\n",
        words.code,
        Escaped(&subject),
        Escaped(words.foot),
    );
    Letter { subject, text, html }
}

struct Words {
    code: &'static str,
    severity: &'static str,
    step: &'static str,
    since: &'static str,
    open: &'static str,
    together: &'static str,
    foot: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::Nl => Words {
            code: "nl",
            severity: "Ernst",
            step: "Trap",
            since: "Sinds",
            open: "Open de melding en zeg wat u zult doen",
            together: "meldingen wachten op een antwoord",
            foot: "Dit bericht noemt met opzet niemand. Meld u aan om te lezen waarover het gaat, en antwoord daar, niet per e-mail.",
        },
        Language::Fr => Words {
            code: "fr",
            severity: "Gravité",
            step: "Échelon",
            since: "Depuis",
            open: "Ouvrez l'alerte et dites ce que vous ferez",
            together: "alertes attendent une réponse",
            foot: "Ce message ne nomme volontairement personne. Connectez-vous pour lire de quoi il s'agit, et répondez là, pas par courriel.",
        },
        Language::En => Words {
            code: "en",
            severity: "Severity",
            step: "Step",
            since: "Since",
            open: "Open the alert and say what you will do",
            together: "alerts wait for an answer",
            foot: "This message names nobody, on purpose. Sign in to read what it is about, and answer there, not by e-mail.",
        },
    }
}

fn severity(severity: EscalationSeverity, language: Language) -> &'static str {
    match (severity, language) {
        (EscalationSeverity::Moderate, Language::Nl) => "matig",
        (EscalationSeverity::Moderate, Language::Fr) => "modéré",
        (EscalationSeverity::Moderate, Language::En) => "moderate",
        (EscalationSeverity::High, Language::Nl) => "ernstig",
        (EscalationSeverity::High, Language::Fr) => "grave",
        (EscalationSeverity::High, Language::En) => "high",
        (EscalationSeverity::Acute, Language::Nl) => "ACUUT",
        (EscalationSeverity::Acute, Language::Fr) => "AIGU",
        (EscalationSeverity::Acute, Language::En) => "ACUTE",
    }
}

fn why(kind: NoticeKind, language: Language) -> &'static str {
    match (kind, language) {
        (NoticeKind::Raised, Language::Nl) => "Iemand moet dit opnemen.",
        (NoticeKind::Raised, Language::Fr) => "Quelqu'un doit s'en charger.",
        (NoticeKind::Raised, Language::En) => "Somebody has to take this up.",
        (NoticeKind::HandedUp, Language::Nl) => {
            "Op de trap eronder nam niemand het tijdig op: het is nu aan u."
        }
        (NoticeKind::HandedUp, Language::Fr) => {
            "À l'échelon inférieur, personne ne s'en est chargé à temps : c'est à vous."
        }
        (NoticeKind::HandedUp, Language::En) => "Nobody took it up in time one step below: it is yours now.",
        (NoticeKind::Missed, Language::Nl) => "U nam het niet tijdig op: het ging een trap hoger.",
        (NoticeKind::Missed, Language::Fr) => {
            "Vous ne vous en êtes pas chargé à temps : c'est monté d'un échelon."
        }
        (NoticeKind::Missed, Language::En) => "You did not take it up in time: it went one step up.",
        (NoticeKind::Reminded, Language::Nl) => {
            "Herinnering: nog niemand nam het op, en boven u is er niemand."
        }
        (NoticeKind::Reminded, Language::Fr) => {
            "Rappel : personne ne s'en est encore chargé, et il n'y a personne au-dessus de vous."
        }
        (NoticeKind::Reminded, Language::En) => {
            "Reminder: nobody took it up yet, and there is nobody above you."
        }
        (NoticeKind::Undelivered, Language::Nl) => {
            "Een bericht hierover kon op een lagere trap niet worden bezorgd: reken er niet op dat men het daar weet."
        }
        (NoticeKind::Undelivered, Language::Fr) => {
            "Un message à ce sujet n'a pas pu être remis à un échelon inférieur : ne comptez pas qu'on le sache là."
        }
        (NoticeKind::Undelivered, Language::En) => {
            "A message about this could not be delivered one step below: do not count on it being known there."
        }
    }
}

/// Text inside HTML.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                letter => fmt::Write::write_char(f, letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str) -> Told {
        Told {
            kind: NoticeKind::HandedUp,
            title: title.into(),
            severity: EscalationSeverity::Acute,
            step: 1,
            at: "2026-03-01T23:30:00Z".parse().unwrap(),
            link: "https://nabij.example/e/1?a=1&b=2".into(),
        }
    }

    #[test]
    fn everybody_reads_it_in_their_own_language_and_by_the_clock_on_their_wall() {
        let zone = TimeZone::get("Europe/Brussels").unwrap();
        for (language, subject, step) in [
            (Language::Nl, "Nabij: ACUUT - Titel", "Trap: 2. Sinds: 02/03/2026 00:30."),
            (Language::Fr, "Nabij: AIGU - Titel", "Échelon: 2. Depuis: 02/03/2026 00:30."),
            (Language::En, "Nabij: ACUTE - Titel", "Step: 2. Since: 02/03/2026 00:30."),
        ] {
            let letter = letter(&[told("Titel")], language, &zone);
            assert_eq!(letter.subject, subject);
            assert!(letter.text.contains(step) && letter.html.contains(step), "{}", letter.text);
            assert!(letter.text.contains("https://nabij.example/e/1?a=1&b=2"));
        }
    }

    #[test]
    fn a_title_never_becomes_markup_and_many_notices_make_one_letter() {
        let letter = letter(&[told("<b>a</b>"), told("b")], Language::En, &TimeZone::UTC);
        assert_eq!(letter.subject, "Nabij: 2 alerts wait for an answer");
        assert!(!letter.html.contains("<b>") && letter.html.contains("&lt;b&gt;"), "{}", letter.html);
        assert!(letter.html.contains("href=\"https://nabij.example/e/1?a=1&amp;b=2\""));
    }

    #[test]
    fn a_link_is_of_https_and_says_where_the_id_goes() {
        assert!(Link::new("https://nabij.example/escalations/{escalation}").is_ok());
        assert!(Link::new("http://127.0.0.1:8080/v1/escalations/{escalation}").is_ok());
        for text in ["https://nabij.example/", "http://nabij.example/{escalation}", "{escalation}", ""] {
            assert_eq!(Link::new(text), Err(NoLink), "{text}");
        }
    }
}
