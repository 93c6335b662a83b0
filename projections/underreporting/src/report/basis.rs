//! A figure: the estimate with its method, what it rests on, and what it says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{AsOf, Cell, Filter, Method, Viewer};
use crate::estimators::{Answer, BadInput, EstimateError, Reason};
use crate::studied::{Coverage, Studied};
use crate::text::said::{PERIOD, Said};
use crate::text::{Sentence, Slot, Texts};

/// What a figure is about and how far its input can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Basis {
    /// First day.
    pub from: Date,
    /// First day that is no longer in the period.
    pub to: Date,
    /// As it was known then.
    pub as_of: AsOf,
    /// Shares of the input that are missing or interpolated, 0 to 1, by what is missing; a share of too few is left out.
    pub missing: BTreeMap<&'static str, f64>,
    #[serde(skip)]
    viewer: Viewer,
}

pub(super) const IN_BANDS: Texts = Texts {
    nl: "{said} Aantallen staan er tot op twee na.",
    fr: "{said} Les nombres sont donnés à deux près.",
    en: "{said} Counts are given within two.",
};

/// What must be read with a sentence.
pub(super) const BESIDE: Texts =
    Texts { nl: "{said} {beside}", fr: "{said} {beside}", en: "{said} {beside}" };

/// How far models that fit almost equally well lie apart.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ModelSpread {
    /// How near: units of BIC.
    pub within: f64,
    /// Largest terms of each model, best first; digits are places in `lists`.
    pub models: Vec<Vec<String>>,
    /// Lowest of their estimates.
    pub lowest: f64,
    /// Highest of their estimates.
    pub highest: f64,
    /// Lowest of their lower limits.
    pub lower: f64,
    /// Highest of their upper limits; `null` when one has none.
    pub upper: Option<f64>,
}

/// An estimate with its method and inputs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Figure<T> {
    /// How it was computed, and when it must not be used.
    pub method: Method,
    /// Period, as-of, and what is missing.
    #[serde(flatten)]
    pub basis: Basis,
    /// The counts that went in.
    pub inputs: BTreeMap<&'static str, Cell>,
    /// The estimate, or why there is none.
    pub answer: Answer<T>,
    /// How far other models lie from it; absent where no model is chosen.
    pub spread: Option<ModelSpread>,
    /// How often such an interval held the truth at least, in per cent of simulated networks, over the scenarios of the study; absent
    /// where that was not studied. Below 90 the sentence says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// What it says, for whoever directs a centre.
    pub sentence: Sentence,
}

impl Basis {
    pub(super) fn new(
        filter: &Filter,
        viewer: Viewer,
        missing: impl IntoIterator<Item = (&'static str, Option<f64>)>,
    ) -> Self {
        Self {
            from: filter.from,
            to: filter.to,
            as_of: filter.as_of,
            missing: missing.into_iter().filter_map(rounded).collect(),
            viewer,
        }
    }

    /// The same with other shares of what is missing.
    pub(super) fn with(&self, missing: impl IntoIterator<Item = (&'static str, Option<f64>)>) -> Self {
        let mut basis = self.clone();
        basis.missing.extend(missing.into_iter().filter_map(rounded));
        basis
    }

    /// A sentence about this period, its counts as this viewer sees them.
    pub(super) fn says(&self, said: Sentence) -> Sentence {
        let said = self.says_exactly(said);
        if self.viewer == Viewer::Other { IN_BANDS.fill(&[("said", Slot::Said(said))]) } else { said }
    }

    /// A sentence about this period whose counts are of nobody, and exact for everybody.
    pub(super) fn says_exactly(&self, said: Sentence) -> Sentence {
        let last = self.to.yesterday().unwrap_or(self.to);
        PERIOD.fill(&[("from", Slot::Day(self.from)), ("last", Slot::Day(last)), ("said", Slot::Said(said))])
    }

    /// Estimates from counts; hides the estimate from whom one of its inputs is hidden.
    pub(super) fn figure<T: Said, const N: usize>(
        &self,
        method: Method,
        inputs: [(&'static str, Cell); N],
        estimate: impl FnOnce() -> Result<T, EstimateError>,
    ) -> Result<Figure<T>, BadInput> {
        let hidden = inputs.iter().any(|(_, cell)| cell.suppressed);
        self.in_bands(method, inputs, || if hidden { Err(Reason::Suppressed.into()) } else { estimate() })
    }

    /// The same for an estimate from bands ([`banded`](super::banded)), which withholds by itself what would tell too much.
    pub(super) fn in_bands<T: Said, const N: usize>(
        &self,
        method: Method,
        inputs: [(&'static str, Cell); N],
        estimate: impl FnOnce() -> Result<T, EstimateError>,
    ) -> Result<Figure<T>, BadInput> {
        let answer = Answer::of(estimate())?;
        let sentence = if answer.estimate().is_some() {
            self.says(answer.said())
        } else {
            self.says_exactly(answer.said())
        };
        Ok(Figure {
            method,
            basis: self.clone(),
            inputs: inputs.into(),
            answer,
            spread: None,
            coverage: None,
            sentence,
        })
    }
}

impl<T> Figure<T> {
    /// With how far other models lie from it, unless the estimate itself is withheld.
    pub(super) fn among(mut self, spread: Option<&ModelSpread>) -> Self {
        if self.answer.estimate().is_some() {
            self.spread = spread.cloned();
        }
        self
    }

    /// With how often such an interval held the truth where that is known.
    pub(super) fn studied(mut self, estimate: Studied) -> Self {
        if self.answer.estimate().is_some() {
            let coverage = Coverage::of(estimate);
            self.coverage = Some(coverage.lowest());
            if let Some(beside) = coverage.said() {
                let slots = [("said", Slot::Said(self.sentence)), ("beside", Slot::Said(beside))];
                self.sentence = BESIDE.fill(&slots);
            }
        }
        self
    }
}

fn rounded((name, share): (&'static str, Option<f64>)) -> Option<(&'static str, f64)> {
    share.map(|share| (name, (share * 100.0).round() / 100.0))
}
