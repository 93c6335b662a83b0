//! Puts together what is about the one thing that happened, as far as it was known at a sequence.
//!
//! Pure: rows in, occurrences out. Two captures are of the same occurrence when a chain of links joins them (union-find). Of a
//! pair the last word counts: a link that is taken back lets both sides fall apart again. A signal that was found to be
//! nothing joins nobody while it is dismissed: it stands by itself, and what it held together falls apart. A discussion is a
//! capture of each thing that it spoke of and joins none of them to another; so are a resident's own words about a record. The
//! id of an occurrence is that of its earliest capture, so a later link changes the id of at most the younger of the two
//! it joins.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use nabij_model::case::Accompaniment;
use nabij_model::incident::Level;
use nabij_model::signal::{Certainty, NonRegistrationReason, Severity};
use serde::Serialize;
use uuid::Uuid;

use crate::evidence::{Capture, Evidence, Told};
use crate::lists::{History, List};

/// What became of an occurrence that was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It stands in the official register.
    Registered,
    /// Somebody recorded a decision not to register it, with the reason.
    Reasoned,
    /// Every signal of it was found to be nothing after a second look.
    Dismissed,
    /// Nobody decided anything yet.
    Undecided,
}

/// One thing that happened, and who captured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Id of the earliest capture.
    pub id: Uuid,
    /// Lists that captured it by themselves: a prompted capture is on none.
    pub history: History,
    /// Lists that captured it, prompted or not.
    pub captured_by: History,
    /// Centre that listened first, by a source other than the register; absent for what only the register holds.
    pub listened: Option<Uuid>,
    /// Centre where it happened.
    pub happened: Uuid,
    /// Categories of its signals, earliest first.
    pub categories: Vec<String>,
    /// Types of its entries in the register with their groups, earliest first.
    pub register_types: Vec<(String, Option<String>)>,
    /// Highest severity that its signals have now: the last assessment that judged, else the reporter's.
    pub severity: Severity,
    /// Highest level of its entries in the register.
    pub level: Option<Level>,
    /// The firmest way in which its signals are known; absent for what only the register holds.
    pub certainty: Option<Certainty>,
    /// A minor was involved, as far as anybody said.
    pub minors: Option<bool>,
    /// With whom the affected minor was, as far as anybody said; of several the least accompanied.
    pub accompaniment: Option<Accompaniment>,
    /// One of its signals goes to the safeguarding person alone.
    pub confidential: bool,
    /// Earliest moment at which it may have happened, if anybody said.
    pub occurred_at: Option<Timestamp>,
    /// When a source other than the register first wrote it down.
    pub noticed_at: Option<Timestamp>,
    /// When it was first entered in the register.
    pub registered_at: Option<Timestamp>,
    /// It is known when every entry of it was made; else `registered_at` may be the day of an import.
    pub dated: bool,
    /// When a reporter was first told what became of it.
    pub answered_at: Option<Timestamp>,
    /// What became of it.
    pub status: Status,
    /// Last reason not to register each of its signals.
    pub reasons: Vec<NonRegistrationReason>,
    /// Each severity that a reporter gave, with what somebody who had not seen it gave; `unsure` is no judgement.
    pub judged_twice: Vec<(Severity, Severity)>,
}

/// All occurrences known at `as_of`, in the order of their earliest capture. Strengths are no occurrences.
#[must_use]
pub fn occurrences(evidence: &Evidence, as_of: u64) -> Vec<Occurrence> {
    let captures = as_known(evidence, as_of);
    let index: HashMap<Uuid, usize> =
        captures.iter().enumerate().map(|(position, capture)| (capture.aggregate, position)).collect();
    let views = views(evidence, as_of, &index);
    let dismissed = |position: &usize| views.get(position).is_some_and(|view| view.dismissed);
    let mut sets = Sets::new(captures.len());
    for (a, b) in joined(evidence, as_of) {
        if let (Some(a), Some(b)) = (index.get(&a), index.get(&b))
            && !dismissed(a)
            && !dismissed(b)
        {
            sets.join(*a, *b);
        }
    }
    let around = Around {
        discussed: discussed(evidence, as_of, &captures, &index),
        answered: answered(evidence, as_of, &captures),
        views,
    };
    let mut members: Vec<Vec<usize>> = vec![vec![]; captures.len()];
    for position in 0..captures.len() {
        members[sets.root(position)].push(position);
    }
    members
        .iter()
        .filter(|members| !members.is_empty())
        .map(|members| occurrence(members, &captures, &around))
        .collect()
}

/// The pairs on which the last word is that they are of one occurrence.
fn joined(evidence: &Evidence, as_of: u64) -> impl Iterator<Item = (Uuid, Uuid)> {
    let known = evidence.links.iter().filter(move |link| link.recorded_seq <= as_of);
    last_words(known.map(|link| {
        let pair = (link.a.min(link.b), link.a.max(link.b));
        (pair, link.recorded_seq, link.joined)
    }))
}

/// The keys of which the last word is yes.
fn last_words<K: Ord, W: Iterator<Item = (K, u64, bool)>>(words: W) -> impl Iterator<Item = K> {
    let mut last: BTreeMap<K, (u64, bool)> = BTreeMap::new();
    for (key, recorded_seq, yes) in words {
        let word = last.entry(key).or_insert((recorded_seq, yes));
        if recorded_seq >= word.0 {
            *word = (recorded_seq, yes);
        }
    }
    last.into_iter().filter(|(_, (_, yes))| *yes).map(|(key, _)| key)
}

/// Captures that a resident or child answered in their own words.
fn answered(evidence: &Evidence, as_of: u64, captures: &[Capture]) -> HashSet<usize> {
    let about: HashSet<Uuid> = evidence
        .responses
        .iter()
        .filter(|response| response.recorded_seq <= as_of)
        .map(|response| response.about_event)
        .collect();
    let positions = captures.iter().enumerate().filter(|(_, capture)| about.contains(&capture.event));
    positions.map(|(position, _)| position).collect()
}

/// The captures as later corrections left them, in the order in which they were recorded.
fn as_known(evidence: &Evidence, as_of: u64) -> Vec<Capture> {
    let mut captures: Vec<Capture> = evidence
        .captures
        .iter()
        .filter(|capture| capture.recorded_seq <= as_of && !capture.strength)
        .cloned()
        .collect();
    captures.sort_by_key(|capture| capture.recorded_seq);
    let index: HashMap<Uuid, usize> =
        captures.iter().enumerate().map(|(position, capture)| (capture.aggregate, position)).collect();
    let mut changes: Vec<_> = evidence.changes.iter().filter(|change| change.recorded_seq <= as_of).collect();
    changes.sort_by_key(|change| change.recorded_seq);
    for change in changes {
        if let Some(position) = index.get(&change.aggregate) {
            captures[*position].change(change);
        }
    }
    captures
}

/// The discussions that spoke of each capture: when they were held, and whether something prompted them.
fn discussed(
    evidence: &Evidence,
    as_of: u64,
    captures: &[Capture],
    index: &HashMap<Uuid, usize>,
) -> Vec<Vec<(Timestamp, bool)>> {
    let known: HashMap<Uuid, (Timestamp, bool)> = evidence
        .discussions
        .iter()
        .filter(|discussion| discussion.recorded_seq <= as_of)
        .map(|discussion| (discussion.discussion, (discussion.held_at, discussion.prompted)))
        .collect();
    let mut of: Vec<Vec<(Timestamp, bool)>> = vec![vec![]; captures.len()];
    let mentions = evidence.mentions.iter().filter(|mention| mention.recorded_seq <= as_of);
    let spoken = last_words(
        mentions.map(|mention| ((mention.discussion, mention.target), mention.recorded_seq, mention.spoken)),
    );
    for (discussion, target) in spoken {
        if let (Some(discussion), Some(target)) = (known.get(&discussion), index.get(&target)) {
            of[*target].push(*discussion);
        }
    }
    for (position, capture) in captures.iter().enumerate() {
        if let Some(discussion) = capture.after_discussion.and_then(|discussion| known.get(&discussion)) {
            of[position].push(*discussion);
        }
    }
    of
}

/// What is known around the captures, by their place.
struct Around {
    discussed: Vec<Vec<(Timestamp, bool)>>,
    answered: HashSet<usize>,
    views: HashMap<usize, View>,
}

/// What was assessed, decided and told about one signal.
#[derive(Debug, Clone, Default)]
struct View {
    severity: Option<Severity>,
    dismissed: bool,
    blind: Vec<Severity>,
    reason: Option<NonRegistrationReason>,
    answered_at: Option<Timestamp>,
}

fn views(evidence: &Evidence, as_of: u64, index: &HashMap<Uuid, usize>) -> HashMap<usize, View> {
    let mut said: Vec<_> = evidence.told.iter().filter(|told| told.recorded_seq <= as_of).collect();
    said.sort_by_key(|told| told.recorded_seq);
    let mut views: HashMap<usize, View> = HashMap::new();
    for told in said {
        let Some(position) = index.get(&told.signal) else { continue };
        let view = views.entry(*position).or_default();
        match told.what {
            Told::Assessed { severity, blind } => {
                view.dismissed = false;
                if severity != Severity::Unsure {
                    view.severity = Some(severity);
                    view.blind.extend(blind.then_some(severity));
                }
            }
            Told::Dismissed => view.dismissed = true,
            Told::Reasoned(reason) => view.reason = Some(reason),
            Told::Answered => {
                view.answered_at.get_or_insert(told.recorded_at);
            }
        }
    }
    views
}

fn occurrence(members: &[usize], captures: &[Capture], around: &Around) -> Occurrence {
    let Around { discussed, answered, views: said } = around;
    let own: Vec<&Capture> = members.iter().map(|position| &captures[*position]).collect();
    let views: Vec<&View> = members.iter().filter_map(|position| said.get(position)).collect();
    let signals = || own.iter().filter(|capture| capture.list != List::OfficialRegister);
    let entries = || own.iter().filter(|capture| capture.list == List::OfficialRegister);
    let written_at = own.iter().map(|capture| capture.written_at()).min();
    let meetings: Vec<&(Timestamp, bool)> =
        members.iter().flat_map(|position| &discussed[*position]).collect();
    let mut captured_by = own.iter().fold(History::default(), |history, capture| history.with(capture.list));
    let mut history = own
        .iter()
        .filter(|capture| !capture.prompted)
        .fold(History::default(), |history, capture| history.with(capture.list));
    if !meetings.is_empty() {
        captured_by = captured_by.with(List::TeamDiscussion);
    }
    // Words that answer a record were prompted by it: they are no list of their own.
    if members.iter().any(|position| answered.contains(position)) {
        captured_by = captured_by.with(List::OwnVoice);
    }
    // A team that met before anybody wrote it down spoke of it by itself; a later meeting spoke of what was written.
    if meetings.iter().any(|(held_at, prompted)| !prompted && written_at.is_some_and(|at| *held_at < at)) {
        history = history.with(List::TeamDiscussion);
    }
    let noticed_at = signals()
        .map(|capture| capture.recorded_at)
        .chain(meetings.iter().map(|(held_at, _)| *held_at))
        .min();
    let all_dismissed =
        signals().next().is_some() && views.iter().filter(|view| view.dismissed).count() == signals().count();
    let reasons: Vec<_> = views.iter().filter_map(|view| view.reason).collect();
    let status = if entries().next().is_some() {
        Status::Registered
    } else if all_dismissed {
        Status::Dismissed
    } else if reasons.is_empty() {
        Status::Undecided
    } else {
        Status::Reasoned
    };
    Occurrence {
        id: own[0].aggregate,
        history,
        captured_by,
        listened: signals().next().map(|capture| capture.centre),
        happened: own[0].occurred_centre,
        categories: signals().filter_map(|capture| capture.label.clone()).collect(),
        register_types: entries()
            .filter_map(|capture| Some((capture.label.clone()?, capture.label_group.clone())))
            .collect(),
        severity: severity(members, captures, said).unwrap_or_default(),
        level: entries().filter_map(|capture| capture.level).max(),
        certainty: signals().map(|capture| capture.certainty.unwrap_or_default()).min_by_key(|c| doubt(*c)),
        minors: own.iter().filter_map(|capture| capture.minors).max(),
        accompaniment: own.iter().filter_map(|capture| capture.accompaniment).max(),
        confidential: own.iter().any(|capture| capture.confidential),
        occurred_at: own.iter().filter_map(|capture| capture.occurred_at).min(),
        noticed_at,
        registered_at: entries().map(|capture| capture.written_at()).min(),
        dated: entries().all(|capture| capture.dated),
        answered_at: views.iter().filter_map(|view| view.answered_at).min(),
        status,
        reasons,
        judged_twice: judged_twice(members, captures, said),
    }
}

fn judged_twice(
    members: &[usize],
    captures: &[Capture],
    said: &HashMap<usize, View>,
) -> Vec<(Severity, Severity)> {
    members
        .iter()
        .filter_map(|position| Some((captures[*position].severity?, said.get(position)?)))
        .filter(|(first, _)| *first != Severity::Unsure)
        .flat_map(|(first, view)| view.blind.iter().map(move |second| (first, *second)))
        .collect()
}

/// The highest severity over the signals; of each, a second person's judgement counts before the reporter's own.
fn severity(members: &[usize], captures: &[Capture], views: &HashMap<usize, View>) -> Option<Severity> {
    let of = |position: &usize| {
        views.get(position).and_then(|view| view.severity).or(captures[*position].severity)
    };
    members.iter().filter_map(of).max()
}

/// How doubtful a way of knowing is: what was seen or told by the person itself first.
fn doubt(certainty: Certainty) -> u8 {
    match certainty {
        Certainty::Witnessed => 0,
        Certainty::Disclosed => 1,
        Certainty::Reported => 2,
        Certainty::Suspected => 3,
        Certainty::Unsure => 4,
    }
}

/// Disjoint sets; the root of a set is its smallest member.
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(crate) fn root(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests;
