//! The answer as a table.

use std::fmt::Write as _;

use super::answer::{Best, Lists, SpreadOf};
use crate::text::CAUTION;

/// How many models are shown; all are in the JSON.
const SHOWN: usize = 12;

impl Lists {
    /// As a table: the totals, the models nearest the best BIC, and what the spread says.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let lists: Vec<String> =
            self.lists.iter().enumerate().map(|(index, name)| format!("{} {name}", index + 1)).collect();
        let _ = writeln!(text, "lists               {}", lists.join(", "));
        let _ = writeln!(text, "observed            {}", self.observed);
        if self.lists.len() == 2 {
            let few = if self.chapman.few_overlap { "; fewer than 7 on both: read the interval" } else { "" };
            let _ = writeln!(text, "total, Chapman      {}{few}", self.chapman.total.text());
        }
        let _ = writeln!(text, "at least, Chao      {}", self.chao.text());
        let _ = writeln!(text, "at least, unequal   {}", self.chao_unequal_lists.text());
        for (name, best) in
            [("best AIC", &self.best_aic), ("best BIC", &self.best_bic), ("stepwise", &self.stepwise.best)]
        {
            let _ = writeln!(
                text,
                "{name:<20}[{}] {}",
                best.modelled.terms.join(","),
                best.modelled.total.text()
            );
            intervals(&mut text, best);
        }
        for (name, spread) in [("AIC", &self.spread.aic), ("BIC", &self.spread.bic)] {
            spread_line(&mut text, name, spread);
        }
        let fitted = || self.models.iter().filter(|model| model.total.estimable);
        let _ = writeln!(
            text,
            "\n{} models, {} of them have an estimate; by BIC:\n{:<28} {:>30} {:>10} {:>4} {:>10} {:>10}",
            self.models.len(),
            fitted().count(),
            "terms",
            "total (95 %)",
            "deviance",
            "df",
            "AIC",
            "BIC"
        );
        let mut sorted: Vec<_> = fitted().collect();
        sorted.sort_by(|a, b| a.bic.unwrap_or(f64::INFINITY).total_cmp(&b.bic.unwrap_or(f64::INFINITY)));
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.3}"));
        for model in sorted.into_iter().take(SHOWN) {
            let _ = writeln!(
                text,
                "{:<28} {:>30} {:>10} {:>4} {:>10} {:>10}",
                format!("[{}]", model.terms.join(",")),
                model.total.text(),
                number(model.deviance),
                model.df.map_or("-".to_owned(), |df| df.to_string()),
                number(model.aic),
                number(model.bic)
            );
        }
        let _ = writeln!(text, "\n{}\nChao: {}", self.coverage.models.en, self.coverage.chao.en);
        if self.lists.len() == 2 {
            let _ = writeln!(text, "Chapman: {}", self.coverage.chapman.en);
        }
        text + CAUTION.en
    }
}

fn intervals(text: &mut String, best: &Best) {
    let upper = |upper: Option<f64>| upper.map_or("no upper limit".to_owned(), |upper| format!("{upper:.1}"));
    if let Some(held) = &best.intervals {
        for (name, limits) in [("profile", held.profile), ("Regal-Hook", held.regal_hook)] {
            let _ = writeln!(text, "  {name:<18}{:.1} to {}", limits.lower, upper(limits.upper));
        }
    }
    if let Some(drawn) = &best.bootstrap {
        let limits = drawn.interval;
        let _ = writeln!(
            text,
            "  {:<18}{:.1} to {} ({} draws that choose again, {} without an estimate)",
            "bootstrap BCa",
            limits.lower,
            upper(limits.upper),
            drawn.replicates,
            drawn.not_estimable
        );
    }
    if let Some(absent) = best.bootstrap_absent {
        let _ = writeln!(text, "  {:<18}not drawn: {absent}", "bootstrap BCa");
    }
    for beside in &best.coverage {
        if let Some(sentence) = &beside.sentence {
            let _ = writeln!(text, "  {:<18}{}", beside.studied.estimate.interval(), sentence.en);
        }
    }
}

fn spread_line(text: &mut String, name: &str, spread: &SpreadOf) {
    if let (Some(lowest), Some(highest)) = (spread.lowest, spread.highest) {
        let _ = writeln!(
            text,
            "spread, {name:<12}{lowest:.1} to {highest:.1} over {} models within {} of the best",
            spread.models.len(),
            spread.within
        );
    }
}
