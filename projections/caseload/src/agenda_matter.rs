//! What rules put on the agenda: a few for each meeting, and how many more wait.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use nabij_model::text::Code;
use nabij_model::{CaseId, CentreId};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::case_list::CaseSummary;
use crate::reader::{ReadError, Reader};
use crate::rule_item::RuleNote;
use crate::worklist::Placed;

/// Matters for one meeting: few enough to be talked about.
const A_FEW: usize = 5;

/// Something that a rule asks a team to talk about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AgendaMatter {
    /// The escalation: to say how it ended.
    pub escalation: Uuid,
    /// Which rule asks, and why.
    #[serde(flatten)]
    pub rule: RuleNote,
    /// About whom; without those who are said to have done something.
    pub cases: Vec<CaseId>,
    /// Since when it waits.
    pub since: Timestamp,
    /// The event that put it there.
    pub recorded_seq: u64,
}

/// Matters of one rule that wait for a later meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MoreMatters {
    /// The rule.
    pub rule: Code,
    /// How many.
    pub more: usize,
}

impl Reader {
    /// What rules ask the team of `centre` to talk about next, and of each rule how many more wait. Each rule has its turn, the
    /// oldest matter first: a rule with many does not crowd out the others.
    pub(crate) async fn matters(
        &self,
        centre: CentreId,
        cases: &[CaseSummary],
        as_of: u64,
    ) -> Result<(Vec<AgendaMatter>, Vec<MoreMatters>), ReadError> {
        let open = self.rule_items(centre, cases, true, as_of).await?;
        let placed = self.placed(centre, cases, open, as_of).await?;
        Ok(a_few(placed.into_iter().filter_map(matter).collect()))
    }
}

fn matter(Placed { item, cases }: Placed) -> Option<AgendaMatter> {
    Some(AgendaMatter {
        escalation: item.key,
        rule: item.rule?,
        cases: cases.into_iter().map(CaseId).collect(),
        since: item.since,
        recorded_seq: item.recorded_seq,
    })
}

fn a_few(matters: Vec<AgendaMatter>) -> (Vec<AgendaMatter>, Vec<MoreMatters>) {
    let mut waiting: BTreeMap<Code, VecDeque<AgendaMatter>> = BTreeMap::new();
    for matter in matters {
        waiting.entry(matter.rule.rule.clone()).or_default().push_back(matter);
    }
    let mut shown = Vec::new();
    while shown.len() < A_FEW {
        let before = shown.len();
        for queue in waiting.values_mut() {
            shown.extend(queue.pop_front().filter(|_| shown.len() < A_FEW));
        }
        if shown.len() == before {
            break;
        }
    }
    let more = waiting.into_iter().filter(|(_, queue)| !queue.is_empty());
    (shown, more.map(|(rule, queue)| MoreMatters { rule, more: queue.len() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matters(rule: &str, count: u64) -> Vec<AgendaMatter> {
        let of = |sequence: u64| AgendaMatter {
            escalation: Uuid::from_u128(sequence.into()),
            rule: RuleNote { rule: Code::new(rule).unwrap(), to: vec![], why: None },
            cases: vec![],
            since: Timestamp::UNIX_EPOCH,
            recorded_seq: sequence,
        };
        (1..=count).map(of).collect()
    }

    #[test]
    fn each_rule_has_its_turn_and_what_waits_is_counted() {
        let (shown, more) = a_few([matters("a", 9), matters("b", 1), matters("c", 2)].concat());
        let told: Vec<(&str, u64)> =
            shown.iter().map(|matter| (matter.rule.rule.as_str(), matter.recorded_seq)).collect();
        assert_eq!(told, [("a", 1), ("b", 1), ("c", 1), ("a", 2), ("c", 2)]);
        assert_eq!(more, [MoreMatters { rule: Code::new("a").unwrap(), more: 7 }]);
        assert_eq!(a_few(matters("a", 3)).1, []);
        assert_eq!(a_few(vec![]), (vec![], vec![]));
    }
}
