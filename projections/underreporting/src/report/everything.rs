//! Every report of one question, read together.

use futures::try_join;
use serde::Serialize;

use super::asked::Asked;
use super::{
    Delays, Disagreement, Feedback, Filter, Lines, NonRegistrationReasons, Protocols, RegisterCounts,
    RegisterGaps, ReportError, ReportingRates, Silences, Underreporting, Viewer, delays, disagreement,
    feedback, non_registration_reasons, protocols, register_counts, register_gaps, reporting_rates, silences,
    underreporting,
};
use crate::reader::{By, Reader, Residents};
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
    /// Reads what they count once, and records beside occurrences.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn read(
        reader: &Reader,
        rules: &Reportability,
        filter: &Filter,
        viewer: Viewer,
    ) -> Result<Self, ReportError> {
        let asked = &Asked::of(reader, rules, filter, viewer).await?;
        let steps = async {
            if filter.asks_of_steps() { protocols(reader, filter, viewer).await.map(Some) } else { Ok(None) }
        };
        let loops = async { Ok(feedback::told(asked, asked.loops().await?)?) };
        let (of_occurrences, of_records, feedback, protocols) =
            try_join!(of_occurrences(asked), of_records(asked), loops, steps)?;
        let (underreporting, delays, non_registration_reasons, disagreement) = of_occurrences;
        let (reporting_rates, silences, register_gaps, register_counts) = of_records;
        Ok(Self {
            underreporting,
            reporting_rates,
            silences,
            register_gaps,
            delays,
            non_registration_reasons,
            disagreement,
            register_counts,
            feedback,
            protocols,
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

type OfOccurrences = (Underreporting, Delays, NonRegistrationReasons, Disagreement);

async fn of_occurrences(asked: &Asked<'_>) -> Result<OfOccurrences, ReportError> {
    let mut by: Vec<By> = Vec::new();
    for one in
        [underreporting::COUNTED, delays::COUNTED, non_registration_reasons::COUNTED, disagreement::COUNTED]
            .concat()
    {
        if !by.contains(&one) {
            by.push(one);
        }
    }
    let (occurred, elsewhere) = try_join!(asked.occurred(&by), asked.happened_elsewhere())?;
    Ok((
        underreporting::told(asked, &occurred, elsewhere)?,
        delays::told(asked, &occurred.counts)?,
        non_registration_reasons::told(asked, &occurred.counts),
        disagreement::told(asked, &occurred)?,
    ))
}

type OfRecords = (ReportingRates, Silences, RegisterGaps, RegisterCounts);

async fn of_records(asked: &Asked<'_>) -> Result<OfRecords, ReportError> {
    let (records, entries, numbers, counted, everybody) = try_join!(
        asked.records(),
        asked.entries(),
        asked.numbers(),
        asked.occupancy(reporting_rates::counted(asked.filter)),
        asked.occupancy(Residents::All)
    )?;
    Ok((
        reporting_rates::told(asked, &records, &counted)?,
        silences::told(asked, &records, &everybody)?,
        register_gaps::told(asked, &numbers),
        register_counts::told(asked, &entries),
    ))
}
