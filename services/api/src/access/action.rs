//! What a route does, as the policy sees it.

use nabij_model::SealLevel;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a route does, as the policy sees it: finer than a role's day, coarser than a command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its stable name: `case.read`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

actions! {
    /// Make a centre known, set its capacity, announce its closing, close it.
    ManageCentre = "centre.manage",
    /// Report occupancy and staffing.
    ReportCentre = "centre.report",
    /// What a team does for the place: participation, actions, practised protocols, concerns for headquarters.
    ImproveCentre = "centre.improve",
    /// Answer a centre's concern.
    AnswerCentre = "centre.answer",
    /// Which centres there are.
    ListCentres = "centre.list",
    /// A centre's own page.
    ReadCentre = "centre.read",
    /// Open a case, or assign one before arrival.
    OpenCase = "case.open",
    /// Presence: arrival, missing, found.
    ReportPresence = "case.presence",
    /// Note a contact.
    NoteContact = "case.contact",
    /// Everything of the follow-up that is not clinical.
    FollowCase = "case.follow",
    /// Vulnerabilities, screenings, support level, age.
    AssessCase = "case.assess",
    /// Close and reopen.
    CloseCase = "case.close",
    /// Legal holds.
    HoldCase = "case.hold",
    /// Ask for an erasure.
    RequestErasure = "erasure.request",
    /// Approve an erasure that somebody else asked for.
    ApproveErasure = "erasure.approve",
    /// Look through what the retention rules propose to erase.
    ReviewErasure = "erasure.review",
    /// Ask for a transfer, depart, cancel.
    SendCase = "transfer.send",
    /// Approve or refuse a transfer.
    DecideTransfer = "transfer.decide",
    /// Read the summary that a transfer is decided on.
    ReadSummary = "transfer.read_summary",
    /// Arrive, acknowledge the handover.
    ReceiveCase = "transfer.receive",
    /// Name a case in a discussion or an entry of the register.
    NameCase = "case.name",
    /// Read case files, lists and timelines; how much of them is the levels' business.
    ReadCase = "case.read",
    /// Read what one's own centre wrote about a resident who left, and where they went.
    ReadWritten = "case.read_written",
    /// Read the parts of a file that somebody was granted: named in a share, trusted, as a guardian, behind broken glass.
    ReadGranted = "case.read_granted",
    /// Read cases under pseudonyms, without free text.
    ReadPseudonymous = "case.read_pseudonymous",
    /// Ask who looked at a case.
    ReadAccessLog = "case.access_log",
    /// Share something of a file, and end a share.
    ShareCase = "case.share",
    /// Open a case in danger for a few hours, with a reason.
    BreakGlass = "case.break_glass",
    /// Read the guidance about residents for whom one is on duty.
    ReadGuidance = "case.guidance",
    /// Log a signal.
    LogSignal = "signal.log",
    /// Assess a signal.
    AssessSignal = "signal.assess",
    /// Link, decide not to register, dismiss, give feedback.
    FollowSignal = "signal.follow",
    /// Correct a signal.
    CorrectSignal = "signal.correct",
    /// Read a signal and what became of it.
    ReadSignal = "signal.read",
    /// The signals that one logged, and what became of each.
    ReadOwnSignals = "signal.read_own",
    /// The list of confidential signals about staff.
    ReadConfidential = "signal.read_confidential",
    /// Which protocols there are, and what they ask.
    ListProtocols = "protocol.list",
    /// Start a protocol on a signal, say what became of its steps, and read that.
    FollowProtocol = "protocol.follow",
    /// Write down a discussion.
    HoldDiscussion = "discussion.hold",
    /// Request and follow a referral.
    FollowReferral = "referral.follow",
    /// Register, link, reclassify and close an incident.
    RegisterIncident = "incident.register",
    /// Worklist and agenda of a team.
    ReadWork = "work.read",
    /// Figures of a centre's board.
    ReadBoard = "board.read",
    /// Under-reporting figures.
    ReadFigures = "figures.read",
    /// Escalations that one's role hears of.
    ReadEscalations = "escalation.read",
    /// Acknowledge and resolve.
    AnswerEscalation = "escalation.answer",
    /// Read who looked at what.
    ReadAudit = "audit.read",
    /// Review broken glass.
    ReviewAudit = "audit.review",
    /// Open what is sealed under a profile key: names, birth dates, vulnerabilities.
    OpenProfile = "open.profile",
    /// Open what is sealed for everybody on duty.
    OpenDuty = "open.duty",
    /// Open what is sealed for the team.
    OpenTeam = "open.team",
    /// Open what is sealed for psychosocial staff.
    OpenPsychosocial = "open.psychosocial",
    /// Open what is sealed for medical staff.
    OpenMedical = "open.medical",
    /// Open what is restricted.
    OpenRestricted = "open.restricted",
    /// Open what the reporter of a signal was told about it.
    OpenFeedback = "open.feedback",
}

impl From<SealLevel> for Action {
    /// Opening what is sealed at this level.
    fn from(level: SealLevel) -> Self {
        match level {
            SealLevel::Profile => Self::OpenProfile,
            SealLevel::Duty => Self::OpenDuty,
            SealLevel::Team => Self::OpenTeam,
            SealLevel::Psychosocial => Self::OpenPsychosocial,
            SealLevel::Medical => Self::OpenMedical,
            SealLevel::Restricted => Self::OpenRestricted,
        }
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
