//! Every report of one question, read together.

use serde::Serialize;

use super::{
    Delays, Disagreement, Feedback, Filter, Lines, NonRegistrationReasons, Protocols, RegisterCounts,
    RegisterGaps, ReportError, ReportingRates, Silences, Underreporting, Viewer, delays, disagreement,
    feedback, non_registration_reasons, protocols, register_counts, register_gaps, reporting_rates, silences,
    underreporting,
};
use crate::reader::Reader;
use crate::reportability::Reportability;

/// All reports of one period, viewer and moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Everything {
    /// Gap, total, completeness.
    pub underreporting: Underreporting,
    /// Rates by centre.
    pub reporting_rates: ReportingRates,
    /// Silences and drops.
    pub silences: Silences,
    /// Missing register numbers.
    pub register_gaps: RegisterGaps,
    /// Delays.
    pub delays: Delays,
    /// Reasons not to register.
    pub non_registration_reasons: NonRegistrationReasons,
    /// Disagreement of blind judgements.
    pub disagreement: Disagreement,
    /// Entries of the register.
    pub register_counts: RegisterCounts,
    /// Who heard what became of a signal.
    pub feedback: Feedback,
    /// How protocols are kept to; absent where the question is one that their steps cannot answer.
    pub protocols: Option<Protocols>,
}

impl Everything {
    /// Reads them one after another.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn read(
        reader: &Reader,
        rules: &Reportability,
        filter: &Filter,
        viewer: Viewer,
    ) -> Result<Self, ReportError> {
        Ok(Self {
            underreporting: underreporting(reader, rules, filter, viewer).await?,
            reporting_rates: reporting_rates(reader, rules, filter, viewer).await?,
            silences: silences(reader, rules, filter, viewer).await?,
            register_gaps: register_gaps(reader, rules, filter, viewer).await?,
            delays: delays(reader, rules, filter, viewer).await?,
            non_registration_reasons: non_registration_reasons(reader, rules, filter, viewer).await?,
            disagreement: disagreement(reader, rules, filter, viewer).await?,
            register_counts: register_counts(reader, rules, filter, viewer).await?,
            feedback: feedback(reader, rules, filter, viewer).await?,
            protocols: if filter.asks_of_steps() {
                Some(protocols(reader, filter, viewer).await?)
            } else {
                None
            },
        })
    }

    /// Each report as lines.
    #[must_use]
    pub fn reports(&self) -> Vec<&dyn Lines> {
        let mut reports: Vec<&dyn Lines> = vec![
            &self.underreporting,
            &self.reporting_rates,
            &self.silences,
            &self.register_gaps,
            &self.delays,
            &self.non_registration_reasons,
            &self.disagreement,
            &self.register_counts,
            &self.feedback,
        ];
        reports.extend(self.protocols.as_ref().map(|protocols| protocols as &dyn Lines));
        reports
    }
}
