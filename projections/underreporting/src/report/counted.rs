//! Occurrences of a filter, counted in groups, with what the reportability of their operators says about each group.

use std::collections::BTreeSet;

use jiff::civil::Date;
use nabij_model::text::Code;

use super::scope::{Scope, is_kind, kind_of};
use super::{Filter, ReportError, Viewer};
use crate::lists::List;
use crate::occurrences::Status;
use crate::reader::{Cuts, Group, Reader};
use crate::reportability::{DEFAULT, Reportability};

/// Occurrences that the reports need not tell apart.
pub(super) struct Counted {
    pub(super) group: Group,
    /// Their type in the common vocabulary.
    pub(super) kind: Option<Code>,
    /// They had to be registered.
    pub(super) reportable: bool,
    /// They had to be registered by now.
    due: bool,
    /// They were registered later than they had to be.
    pub(super) late: bool,
}

impl Scope {
    /// The period's occurrences, wherever they happened, that the filter and the viewer allow.
    pub(super) async fn counted(
        &self,
        reader: &Reader,
        rules: &Reportability,
        filter: &Filter,
        viewer: Viewer,
    ) -> Result<Vec<Counted>, ReportError> {
        let days = self.rule_days(rules);
        let start = |day: &Date| day.to_zoned(filter.zone.clone()).map(|at| at.timestamp());
        let cuts = Cuts {
            period: (self.from, self.to),
            rules: days.iter().map(start).collect::<Result<_, _>>()?,
            hours: self.rule_hours(rules),
            now: filter.as_of.moment,
        };
        let groups = reader.groups(filter.as_of.sequence, viewer == Viewer::Analyst, &cuts).await?;
        Ok(groups
            .into_iter()
            .filter(|group| filter.minors.is_none() || group.minors == filter.minors)
            .filter(|group| filter.certainty.is_none() || group.certainty == filter.certainty)
            .filter(|group| filter.accompaniment.is_none() || group.accompaniment == filter.accompaniment)
            .map(|group| self.count(rules, &days, &cuts, group))
            .filter(|one| filter.kind.as_ref().is_none_or(|kind| one.is(kind)))
            .collect())
    }

    /// The days on which a rule of any operator begins or ends, in order.
    fn rule_days(&self, rules: &Reportability) -> Vec<Date> {
        let all = self.operators().flat_map(|operator| rules.of(operator).rules());
        let days: BTreeSet<Date> =
            all.flat_map(|rule| std::iter::once(rule.valid_from).chain(rule.valid_to)).collect();
        days.into_iter().collect()
    }

    /// The hours that rules of any operator give, in order.
    fn rule_hours(&self, rules: &Reportability) -> Vec<i32> {
        let all = self.operators().flat_map(|operator| rules.of(operator).rules());
        let hours: BTreeSet<i32> = all.map(|rule| hours(rule.within_days)).collect();
        hours.into_iter().collect()
    }

    fn operators(&self) -> impl Iterator<Item = &str> {
        self.everywhere
            .iter()
            .filter_map(|centre| centre.operator.as_deref())
            .chain(std::iter::once(DEFAULT))
            .collect::<BTreeSet<_>>()
            .into_iter()
    }

    fn count(&self, rules: &Reportability, days: &[Date], cuts: &Cuts, group: Group) -> Counted {
        let duties = self.duties(rules, group.happened);
        let kind = kind_of(duties, &group.categories, &group.register_types).cloned();
        let severity = duties.severity_with(group.level, group.severity);
        // No rule begins or ends between the last of these days and the one on which it happened.
        let on = group.rules_past.checked_sub(1).and_then(|last| days.get(last)).copied();
        let rule = kind.as_ref().zip(on).and_then(|(kind, on)| duties.duty(kind, severity, group.minors, on));
        let place = rule.and_then(|rule| {
            let given = hours(rule.within_days);
            cuts.hours.iter().position(|hours| *hours == given)
        });
        let passed = |classes: usize| place.is_some_and(|place| classes > place);
        Counted {
            kind,
            reportable: rule.is_some(),
            due: passed(group.hours_past),
            late: group.entered && passed(group.hours_before_entry),
            group,
        }
    }
}

fn hours(days: u32) -> i32 {
    i32::try_from(days.saturating_mul(24)).unwrap_or(i32::MAX)
}

impl Counted {
    fn is(&self, kind: &Code) -> bool {
        self.kind.as_ref() == Some(kind) || is_kind(kind, &self.group.categories, &self.group.register_types)
    }

    /// Some source other than the register knows of them, and they were not found to be nothing.
    pub(super) fn noticed(&self) -> bool {
        self.group.noticed && self.group.status != Status::Dismissed
    }

    /// Noticed, to be registered, and the deadline is past.
    pub(super) fn due(&self) -> bool {
        self.noticed() && self.reportable && self.due
    }

    /// A source other than the register captured them by itself.
    pub(super) fn on_inner_list(&self) -> bool {
        List::ALL.iter().any(|list| *list != List::OfficialRegister && self.group.history.holds(*list))
    }

    /// On at least one list by themselves, and not found to be nothing.
    pub(super) fn estimable(&self) -> bool {
        self.group.status != Status::Dismissed && self.group.history.lists() > 0
    }
}

/// How many occurrences these groups hold.
pub(super) fn total<'a>(groups: impl IntoIterator<Item = &'a Counted>) -> u64 {
    groups.into_iter().map(|one| one.group.count).sum()
}
