//! The file of one case: its timeline, folded to what holds now.

pub(crate) mod fold;

use jiff::Timestamp;
use nabij_model::case::TransferStage;
use nabij_model::referral::ReferralStatus;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use self::fold::Fold;
use crate::case_list::CaseSummary;
use crate::reader::{ReadError, Reader};
use crate::timeline::Entry;

/// A transfer that is under way.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TransferUnderWay {
    /// Its id.
    pub transfer: Uuid,
    /// How far it is.
    #[schemars(with = "String")]
    pub stage: TransferStage,
    /// Where to.
    pub to_centre: CentreId,
    /// The request, and every step since.
    pub steps: Vec<Entry>,
}

/// A referral that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenReferral {
    /// Its id.
    pub referral: Uuid,
    /// Where it stands.
    #[schemars(with = "String")]
    pub status: ReferralStatus,
    /// Since when it stands there.
    pub since: Timestamp,
    /// The request, and every step since.
    pub steps: Vec<Entry>,
}

/// A signal that concerns the case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SignalInFile {
    /// Its id.
    pub signal: Uuid,
    /// A second person gave their view.
    pub assessed: bool,
    /// It was found to be nothing.
    pub dismissed: bool,
    /// The reporter heard what became of it.
    pub reporter_heard: bool,
    /// A strength, not a worry.
    pub strength: bool,
    /// The signal as logged, and everything said of it since; each says whether it is restricted.
    pub steps: Vec<Entry>,
}

/// What holds of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CaseFile {
    /// Where it stands.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// The aggregate's version: for `If-Match`.
    pub version: u64,
    /// How the case began: birth date, household, languages, name; sealed.
    pub opened: Entry,
    /// Somebody doubts the registered age.
    pub age_disputed: bool,
    /// Since when the resident is missing.
    pub missing_since: Option<Timestamp>,
    /// The guardian, while there is one.
    pub guardian: Option<Entry>,
    /// Special reception needs that still stand.
    pub vulnerabilities: Vec<Entry>,
    /// The last guidance.
    pub guidance: Option<Entry>,
    /// Whom the resident trusts, as last named.
    pub trusted_person: Option<Entry>,
    /// Who supports the resident.
    pub support_network: Vec<Entry>,
    /// The support level with its review, as last set.
    pub support_level_set: Option<Entry>,
    /// Actions that are still to do.
    pub plan: Vec<Entry>,
    /// Consents that were not taken back.
    pub consents: Vec<Entry>,
    /// Whether the parents know, as last said.
    pub parents_informed: Option<Entry>,
    /// Every screening.
    pub screenings: Vec<Entry>,
    /// The transfer under way.
    pub transfer: Option<TransferUnderWay>,
    /// Holds that were not lifted.
    pub holds: Vec<Entry>,
    /// Referrals that have not ended.
    pub referrals: Vec<OpenReferral>,
    /// Signals, the newest first.
    pub signals: Vec<SignalInFile>,
    /// The last discussion.
    pub last_discussion: Option<Entry>,
    /// Everything that goes well: signals of strength, and discussions that named strengths; the newest first.
    pub strengths: Vec<Entry>,
}

impl Reader {
    /// The file of `case` as known at `as_of`; `None` when it is unknown then, or erased (see [`erased`](Self::erased)).
    ///
    /// # Errors
    /// When PostgreSQL is away or a row is not what this version writes.
    pub async fn case_file(&self, case: CaseId, as_of: u64) -> Result<Option<CaseFile>, ReadError> {
        // Several questions, one moment: what is written meanwhile is in none of the answers.
        let as_of = as_of.min(self.sequence().await?);
        let Some(summary) = self.case_summary(case, as_of).await? else { return Ok(None) };
        let links = self.links(case, as_of).await?;
        let standing = self.standing_needs(case, as_of).await?;
        let mut fold = Fold::default();
        for (entry, event) in self.whole_timeline(case, as_of, &links).await? {
            fold.take(entry, event)?;
        }
        Ok(fold.into_file(summary, &standing, &links))
    }
}
