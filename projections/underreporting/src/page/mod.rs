//! The report as one page: charts that are drawn here, a table beside each, sentences in one language. It loads nothing from
//! anywhere and runs no script, so that it can be mailed, printed and kept.
//!
//! # To add a chart
//!
//! A file in `chart` that draws an answer or says there is nothing to draw, its words in `words`, and a section in [`page`].

mod axis;
mod chart;
mod sections;
mod svg;
mod table;
pub(crate) mod words;

use std::fmt::Write as _;

use self::svg::escaped;
use crate::report::{About, Everything, Filter, Viewer};
use crate::text::{CAUTION, Language, Slot, Texts};

/// One section: a heading, what it says, the chart if there is one, its table, and how it was computed.
struct Section {
    title: Texts,
    sentences: Vec<String>,
    told: Option<Texts>,
    chart: Option<Option<String>>,
    table: String,
    methods: Vec<crate::report::Method>,
    missing: std::collections::BTreeMap<&'static str, f64>,
}

/// The page.
#[must_use]
pub fn page(all: &Everything, filter: &Filter, language: Language) -> String {
    let title = words::TITLE.of(language);
    let about = &all.underreporting.about;
    let whom = match about.viewer {
        Viewer::Analyst => words::FOR_ANALYST,
        Viewer::Other => words::FOR_OTHERS,
    };
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"lead\">{}</p>\n<p class=\"small\">{}</p>\n<p class=\"caution\">{}</p>\n",
        language.code(),
        include_str!("style.css"),
        escaped(&period(about, filter, language)),
        whom.of(language),
        escaped(CAUTION.of(language))
    );
    for section in sections::all(all, filter, language) {
        section.write(&mut html, language);
    }
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn period(about: &About, filter: &Filter, language: Language) -> String {
    let last = about.to.yesterday().unwrap_or(about.to);
    let known = about.as_of.moment.to_zoned(filter.zone.clone()).date();
    let period = words::PERIOD.fill(&[
        ("from", Slot::Day(about.from)),
        ("last", Slot::Day(last)),
        ("known", Slot::Day(known)),
        ("centres", Slot::Name(about.centres.join(", "))),
    ]);
    period.of(language).to_owned()
}

impl Section {
    fn write(&self, html: &mut String, language: Language) {
        let _ = writeln!(html, "<section>\n<h2>{}</h2>", escaped(self.title.of(language)));
        for sentence in &self.sentences {
            let _ = writeln!(html, "<p>{}</p>", escaped(sentence));
        }
        match &self.chart {
            Some(Some(chart)) => {
                let told = self.told.map_or("", |told| told.of(language));
                let _ = writeln!(
                    html,
                    "<figure>{chart}<figcaption class=\"small\">{}</figcaption></figure>",
                    escaped(told)
                );
            }
            Some(None) => {
                let nothing = words::NOTHING.of(language).replace("{why}", words::NO_DATA.of(language));
                let _ = writeln!(html, "<p class=\"small\">{}</p>", escaped(&nothing));
            }
            None => {}
        }
        html.push_str(&self.table);
        for method in &self.methods {
            let _ = writeln!(
                html,
                "<p class=\"small\">{}: {} ({}: {}).</p>",
                words::HOW.of(language),
                escaped(method.not_when.of(language)),
                words::SOURCE.of(language),
                escaped(method.source)
            );
        }
        if !self.missing.is_empty() {
            let shares = self.missing.iter().map(|(name, share)| {
                format!("{} {}", words::missing(name).of(language), language.percent(*share))
            });
            let shares = shares.collect::<Vec<_>>().join("; ");
            let _ = writeln!(html, "<p class=\"small\">{}: {shares}.</p>", words::MISSING.of(language));
        }
        html.push_str("</section>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_become_markup() {
        assert_eq!(escaped("<b>\"a\" & b</b>"), "&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;");
    }

    #[test]
    fn words_are_the_same_kind_in_every_language() {
        for texts in words::ALL {
            for language in Language::ALL {
                assert!(!texts.of(language).is_empty() && !texts.of(language).contains('<'), "{texts:?}");
            }
        }
    }
}
