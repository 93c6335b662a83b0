//! The sections on what a team does with what it noticed: who hears of it, and the protocols.

use super::{NONE, Words};
use crate::page::{Section, words};
use crate::report::{Feedback, Protocols, method};
use crate::text::Texts;

/// What became of a step, in the order of the columns.
const STATES: [(&str, Texts); 5] = [
    ("in_time", words::IN_TIME),
    ("late", words::LATE),
    ("skipped", words::SKIPPED),
    ("overdue", words::OVERDUE),
    ("to_come", words::TO_COME),
];

impl Words {
    pub(super) fn feedback(&self, report: &Feedback) -> Section {
        let delays = [
            (words::UNTIL_TOLD, &report.until_told),
            (words::UNTIL_OUTCOME, &report.until_outcome),
            (words::UNTIL_CHILD_TOLD, &report.until_child_told),
        ];
        let counts = self
            .of(words::LOOPS)
            .replace("{signals}", &self.cell(report.signals))
            .replace("{open}", &self.cell(report.open));
        Section {
            title: words::FEEDBACK,
            sentences: [counts].into_iter().chain(self.waits(&delays)).collect(),
            told: None,
            chart: None,
            table: self.followed(words::FEEDBACK, &delays),
            methods: vec![method::DELAY],
            missing: report.about.missing.clone(),
        }
    }

    pub(super) fn protocols(&self, report: Option<&Protocols>) -> Section {
        let head: Vec<Texts> = [words::PROTOCOL, words::STARTED, words::PRACTISED]
            .into_iter()
            .chain(STATES.map(|(_, name)| name))
            .chain([words::SHARE, words::LOWER, words::UPPER])
            .collect();
        let all = report.map(|report| (self.of(words::ALL_OF_THEM), &report.all));
        let each = report.into_iter().flat_map(|report| &report.protocols);
        let rows = all.into_iter().chain(each.map(|one| (one.protocol.as_str(), &one.kept)));
        let rows = rows.map(|(name, kept)| {
            let share = kept.in_time.answer.estimate().map(|kept| self.share(kept.share, kept.interval));
            let states = STATES
                .map(|(state, _)| kept.steps.get(state).map_or(NONE.to_owned(), |cell| self.cell(*cell)));
            [name.to_owned(), self.cell(kept.started), self.count(kept.practised)]
                .into_iter()
                .chain(states)
                .chain(share.unwrap_or_else(|| [(); 3].map(|()| NONE.to_owned())))
                .collect()
        });
        let because = report.into_iter().flat_map(|report| &report.skipped_because);
        let because: Vec<String> = because
            .map(|(why, cell)| format!("{} ({})", self.of(words::skipped(why)), self.cell(*cell)))
            .collect();
        let because = format!("{}: {}.", self.of(words::SKIPPED_BECAUSE), because.join("; "));
        let said = match report {
            Some(report) if report.skipped_because.is_empty() => {
                vec![report.all.in_time.sentence.of(self.0).to_owned()]
            }
            Some(report) => vec![report.all.in_time.sentence.of(self.0).to_owned(), because],
            None => vec![self.of(words::NOT_OF_STEPS).to_owned()],
        };
        Section {
            title: words::PROTOCOLS,
            sentences: said,
            told: None,
            chart: None,
            table: self.table(words::PROTOCOLS, &head, &rows.collect::<Vec<_>>()),
            methods: vec![method::IN_TIME],
            missing: std::collections::BTreeMap::new(),
        }
    }
}
