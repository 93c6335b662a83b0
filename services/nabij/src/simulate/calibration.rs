//! Every number that the simulated network is made with, each with its source.
//!
//! "Published" are the Belgian figures of `be_fedasil_network.csv`, `be_centre_events.csv` and
//! `mental_health_screening_published.csv`, each with the page that it stands on. An "assumption" is ours: nobody publishes
//! that figure, so a real network will differ, and the truth file says what was simulated.

use nabij_model::signal::{NonRegistrationReason, Severity};

/// Share of the places that is taken. Published: 33,122 residents on 35,385 places on 2024-05-01 (fedasil.be/en/statistics).
pub(super) const OCCUPANCY: f64 = 33_122.0 / 35_385.0;

/// Mean stay in days, "over a year". Published by Fedasil as 15 to 17 months for 2023 and 2024; the lower end.
pub(super) const MEAN_STAY_DAYS: f64 = 456.0;

/// Operators with their share of the centres. Published: the partners of the network; the shares are rounded from the
/// list of centres (fedasil.be/en/asylum-centres).
pub(super) const OPERATORS: [Operator; 5] = [
    Operator { code: "fedasil", share: 0.34, french: 0.45 },
    Operator { code: "rode-kruis", share: 0.26, french: 0.0 },
    Operator { code: "croix-rouge", share: 0.27, french: 1.0 },
    Operator { code: "caritas", share: 0.06, french: 0.5 },
    Operator { code: "samusocial", share: 0.07, french: 1.0 },
];

/// Who runs centres.
pub(super) struct Operator {
    pub(super) code: &'static str,
    pub(super) share: f64,
    /// Share of its centres whose team works in French.
    pub(super) french: f64,
}

/// Share of the residents who are minors. Published: a third (Fedasil, residents by age, 2023).
pub(super) const MINORS: f64 = 0.33;
/// Share of the minors who came without parents. Published: 3,251 places for unaccompanied minors of 33,505 at the end of
/// 2022, which is 0.29 of a third.
pub(super) const UNACCOMPANIED: f64 = 3_251.0 / 33_505.0 / MINORS;
/// Share of the accompanied minors with both parents; the rest is with one. Assumption.
pub(super) const BOTH_PARENTS: f64 = 0.62;
/// Most children in one family. Assumption.
pub(super) const MOST_CHILDREN: u32 = 4;
/// Share of residents of whom only the birth year is known. Assumption.
pub(super) const ONLY_BIRTH_YEAR: f64 = 0.06;

/// Share of adults and adolescents who screen positive on RHS-15. Published: 52 % (Kaltenbach et al. 2017, n = 86).
pub(super) const SCREENED_POSITIVE: f64 = 0.52;
/// Share that is screened at all within the first weeks. Published for adults: participation 78.6 % (TERTTU, Finland).
pub(super) const SCREENED: f64 = 0.786;
/// Of those who screen positive, the share that accepts help. Published: 74 % (Hollifield et al. 2013).
pub(super) const ACCEPTS_HELP: f64 = 0.74;
/// Of those, the share that goes. Published: 79 % (Hollifield et al. 2013).
pub(super) const ENGAGES: f64 = 0.79;

/// What happens per 1,000 resident-days, registered or not. The Australian register holds 3.2 per 1,000 (9,371 incidents on
/// 2,942,870 interpolated resident-days, 2009-07-17 to 2011-06-30); that not everything is registered makes it more: 4.0
/// is an assumption.
pub(super) const OCCURRENCES_PER_1000_DAYS: f64 = 4.0;

/// One type of occurrence. The mix is an assumption: the eight groups of the Australian register, split into what the
/// protocols of the network know.
pub(super) struct Kind {
    /// Category of a signal and type of the register; known to deploy/reportability.
    pub(super) code: &'static str,
    pub(super) weight: f64,
    /// How it shifts the mix of severities: 0 as it is, positive is worse.
    pub(super) graver: f64,
    /// Whom it happens to.
    pub(super) whom: Whom,
    /// Share in which another resident is said to have done it.
    pub(super) actor: f64,
}

/// Whom a kind of occurrence happens to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    Anybody,
    Minors,
    Adults,
}

pub(super) const KINDS: [Kind; 9] = [
    Kind { code: "violence", weight: 0.27, graver: 0.0, whom: Whom::Adults, actor: 0.8 },
    Kind { code: "threat", weight: 0.14, graver: -0.1, whom: Whom::Anybody, actor: 0.7 },
    Kind { code: "conflict-among-children", weight: 0.16, graver: -0.25, whom: Whom::Minors, actor: 0.7 },
    Kind { code: "violence-against-child", weight: 0.08, graver: 0.2, whom: Whom::Minors, actor: 0.3 },
    Kind { code: "intrafamilial-violence", weight: 0.08, graver: 0.15, whom: Whom::Anybody, actor: 0.6 },
    Kind { code: "sexual-boundary-crossing", weight: 0.06, graver: 0.2, whom: Whom::Anybody, actor: 0.6 },
    Kind { code: "self-harm", weight: 0.09, graver: 0.1, whom: Whom::Anybody, actor: 0.0 },
    Kind { code: "suicidality", weight: 0.07, graver: 0.25, whom: Whom::Anybody, actor: 0.0 },
    Kind { code: "disappearance", weight: 0.05, graver: 0.1, whom: Whom::Minors, actor: 0.0 },
];

/// Severities and their shares. Published for Australia: Minor 54 %, Major 30 %, Critical 16 % of 11,025 incidents.
pub(super) const SEVERITIES: [(Severity, f64); 4] =
    [(Severity::Low, 0.34), (Severity::Moderate, 0.34), (Severity::High, 0.22), (Severity::Acute, 0.10)];

/// How likely each source captures an occurrence on its own, by severity low, moderate, high, acute. Assumptions: worse is
/// seen more, and no source sees everything. What a source sees also depends on how visible the occurrence is
/// ([`VISIBILITY_SPREAD`]), which makes the sources depend on each other, as they do in reality.
pub(super) const FRONTLINE: [f64; 4] = [0.45, 0.60, 0.75, 0.88];
pub(super) const DISCUSSION: [f64; 4] = [0.10, 0.16, 0.24, 0.30];
pub(super) const OWN_VOICE: [f64; 4] = [0.07, 0.10, 0.13, 0.15];
pub(super) const MEDICAL_NOTE: [f64; 4] = [0.02, 0.06, 0.14, 0.25];
pub(super) const REGISTER: [f64; 4] = [0.12, 0.30, 0.55, 0.80];
/// Visibility multiplies the odds of each source by e to the power of a normal number with this deviation. Assumption.
pub(super) const VISIBILITY_SPREAD: f64 = 0.6;
/// The register's chance is multiplied by this when a minor is affected: centres report sensitive cases of children's safety
/// that are absent from the official register ("structural underestimation", Belgian study of 2025). The size is an
/// assumption.
pub(super) const REGISTER_OF_MINORS: f64 = 0.6;
/// Share of signals that a discussion takes up, and of those the share that is registered because of it. Assumptions.
pub(super) const DISCUSSED: f64 = 0.35;
pub(super) const REGISTERED_AFTER_DISCUSSION: f64 = 0.25;
/// Share of two records of one occurrence that somebody links. Assumption.
pub(super) const LINKED: f64 = 0.95;
/// Share of unregistered signals with a recorded reason. Assumption.
pub(super) const REASONED: f64 = 0.4;

/// Reasons for not registering; named by the studies of 2025, the weights are assumptions.
pub(super) const REASONS: [(NonRegistrationReason, f64); 10] = [
    (NonRegistrationReason::HandledInformally, 0.24),
    (NonRegistrationReason::SeenAsNormal, 0.14),
    (NonRegistrationReason::CulturalReading, 0.07),
    (NonRegistrationReason::UnclearProcedure, 0.12),
    (NonRegistrationReason::NoTime, 0.13),
    (NonRegistrationReason::FearOfNoReaction, 0.07),
    (NonRegistrationReason::FearOfOverreaction, 0.08),
    (NonRegistrationReason::ResidentAskedNotTo, 0.06),
    (NonRegistrationReason::NotSerious, 0.07),
    (NonRegistrationReason::Other, 0.02),
];

/// How often things are written down per resident-day. Assumptions: a contact every eight days, a worry that is no
/// occurrence every nine months, a strength every six.
pub(super) const CONTACTS_PER_DAY: f64 = 0.125;
pub(super) const WORRIES_PER_DAY: f64 = 0.0037;
pub(super) const STRENGTHS_PER_DAY: f64 = 0.0055;
pub(super) const PLAN_ACTIONS_PER_DAY: f64 = 0.004;
pub(super) const RESPONSES_PER_DAY: f64 = 0.0015;
/// Transfers per resident-year; residents move between phases of reception. Assumption.
pub(super) const TRANSFERS_PER_YEAR: f64 = 0.3;
/// Disappearances per resident-year that are no occurrence of a minor (a night away). Assumption.
pub(super) const ABSENCES_PER_YEAR: f64 = 0.03;

/// Share of signals that a second person assesses, whose reporter hears back, and of worries that come to nothing.
/// Assumptions; the studies of 2025 say that nobody tells reporters what became of it.
pub(super) const ASSESSED: f64 = 0.8;
pub(super) const BLIND: f64 = 0.3;
pub(super) const FEEDBACK: f64 = 0.55;
pub(super) const DISMISSED: f64 = 0.15;
/// Of those who heard something, the share that also hears how it ended; and of affected children, the share that hears anything.
/// Assumptions.
pub(super) const OUTCOME_TOLD: f64 = 0.4;
pub(super) const CHILD_TOLD: f64 = 0.35;

/// Share of signals for which a protocol is offered on which somebody starts it, and of acute ones. Assumptions.
pub(super) const PROTOCOL: f64 = 0.55;
pub(super) const PROTOCOL_WHEN_ACUTE: f64 = 0.9;
/// Steps that are done in time, done late, skipped with a reason, left undone. Assumptions.
pub(super) const PROTOCOL_STEPS: [f64; 4] = [0.62, 0.16, 0.1, 0.12];

/// Share of handovers that are acknowledged too late, and of transfers that are refused or taken back. Assumptions.
pub(super) const LATE_HANDOVER: f64 = 0.2;
pub(super) const TRANSFER_REFUSED: f64 = 0.08;
pub(super) const TRANSFER_CANCELLED: f64 = 0.05;

/// What becomes of a referral; the studies of 2025 say that referrals fail on many barriers. Assumptions.
pub(super) const REFERRAL_REFUSED: f64 = 0.22;
pub(super) const REFERRAL_WAITLISTED: f64 = 0.45;
pub(super) const REFERRAL_BARRIER: f64 = 0.4;

/// Languages of residents with their shares. The countries are those of Fedasil's published top ten of 2023 (Afghanistan,
/// Palestine, Syria, Eritrea, Burundi, Turkey ...); the shares are rounded assumptions.
pub(super) const LANGUAGES: [(&str, f64); 8] = [
    ("ps", 0.20),
    ("ar", 0.30),
    ("prs", 0.10),
    ("ti", 0.08),
    ("tr", 0.08),
    ("fr", 0.10),
    ("so", 0.06),
    ("es", 0.08),
];
