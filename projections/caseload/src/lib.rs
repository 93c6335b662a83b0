//! Current-state views of cases, teams and centres: case file, timeline, lists, worklist, agenda, board, occupancy, commands.
//!
//! [`Caseload`] maps each event to rows of append-only tables; [`Reader`] answers from them, as of any sequence. A view is one
//! file: its rows and its reads. Bodies come out sealed as the log holds them; whoever may open them does.
//!
//! | view | rows | reads |
//! |---|---|---|
//! | timeline | `timeline.rs` | [`Reader::timeline`] |
//! | case file | `timeline.rs`, `signal_fact.rs`, `vulnerability.rs` | [`Reader::case_file`] |
//! | case list, household | `case_fact.rs` | [`Reader::cases`], [`Reader::household`] |
//! | worklist | `work_item.rs`, `protocol_fact.rs`, `rule_item.rs` | [`Reader::worklist`], [`Reader::confidential_work`] |
//! | agenda | `discussed.rs`, `rule_item.rs` | [`Reader::agenda`] |
//! | centre, board, occupancy | `centre_fact.rs`, `occupancy.rs` | [`Reader::centres`], [`Reader::board`], [`Reader::occupancy`] |
//! | follow-up before a transfer | | [`Reader::follow_up`], [`Reader::transfer_summary`] |
//! | own and confidential signals | `timeline.rs` | [`Reader::signals_by`], [`Reader::confidential_signals`] |
//! | broken glass, kept statements, legal holds | `timeline.rs` | [`Reader::broken_glass`], [`Reader::kept_statements`], [`Reader::placed_holds`] |
//! | who the residents are, sealed | `timeline.rs` | [`Reader::identities`] |
//! | erasures | `erasure.rs` | [`Reader::erasures`], [`Reader::erased`] |
//! | whose retention period is over, and of which records | `case_fact.rs`, `timeline.rs` | [`Reader::proposals`], [`Reader::outlived`] |
//! | commands | `timeline.rs` | [`Reader::command`] |
//! | a time as a sequence | | [`Reader::sequence_at`] |
//!
//! To add a view, see the crate `nabij-engine`.

mod agenda;
mod agenda_matter;
mod as_of;
mod board;
mod case_fact;
mod case_file;
mod case_list;
mod centre;
mod centre_fact;
mod command;
mod discussed;
mod erasure;
mod every_case;
mod file_kind;
mod follow_up;
mod glass;
mod holds;
mod identities;
mod kept;
mod links;
mod occupancy;
mod outlived;
mod owed;
mod projection;
mod protocol_fact;
mod protocol_steps;
mod reader;
mod records;
mod retention;
mod rule_item;
mod safeguarding;
mod signal_fact;
mod signal_list;
mod signals;
mod timeline;
mod transfer_summary;
mod vulnerability;
mod word;
mod work_item;
mod worklist;

pub use agenda::{Agenda, AgendaCase, QuietResident};
pub use agenda_matter::{AgendaMatter, MoreMatters};
pub use board::{Board, Caution, WorkCount};
pub use case_file::{CaseFile, OpenReferral, SignalInFile, TransferUnderWay};
pub use case_list::{CaseList, CaseStatus, CaseSummary};
pub use centre::Centre;
pub use command::CommandTrace;
pub use erasure::{Erasure, ErasureStep};
pub use glass::{BrokenGlass, BrokenGlasses, GlassReview};
pub use holds::PlacedHold;
pub use identities::Identity;
pub use occupancy::Occupancy;
pub use outlived::Outlived;
pub use projection::{Caseload, VERSION};
pub use protocol_steps::StepToDo;
pub use reader::{NOW, ReadError, Reader};
pub use retention::{Proposal, Retained, Retention, RetentionError, RetentionRule, Starts};
pub use rule_item::{RuleNote, RuleWords};
pub use safeguarding::ConfidentialWork;
pub use signal_list::{SignalList, SignalProgress};
pub use timeline::{Entry, Order, Timeline};
pub use transfer_summary::{
    DiscussionCount, PlanLine, PreviousTransfer, ReferralLine, SignalCount, TransferSummary,
};
pub use work_item::WorkKind;
pub use worklist::{LinkToConfirm, WorkItem, Worklist};
