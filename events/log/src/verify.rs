//! Walking the whole log: is it what was written, and nothing else?

use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use nabij_model::redaction::key_after;
use nabij_model::{AggregateId, EventHash, EventId};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

use crate::anchor::{Anchor, AnchorSet, Mark, PublicKey};
use crate::doubt::{Doubt, Doubts};
use crate::envelope;
use crate::error::{LogError, LogErrorKind};
use crate::finding::{Finding, Findings, Part};
use crate::known_at::KnownAt;
use crate::log::Log;
use crate::raw::Raw;
use crate::seal;
use crate::vault::{Census, Held};

/// Events between two words of progress.
const PROGRESS: u64 = 10_000;
/// A reader that hears nothing for this long, though the log goes on, asks for the one event.
const STALLED: Duration = Duration::from_secs(15);

/// The answer of [`Log::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The end of the log when the walk began; everything up to it was walked.
    pub through: u64,
    /// How many events were read.
    pub events: u64,
    /// How many aggregates they belong to.
    pub aggregates: usize,
    /// The first findings, in stream order: the first one is the first bad event. What an anchor says of many events comes behind
    /// what is wrong with one of them.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub found: u64,
    /// How many keys the vault holds, and how many were erased.
    pub keys: u64,
    /// See `keys`.
    pub erased: u64,
    /// How many messages of the audit stream were read.
    pub audit: u64,
    /// How many anchors were compared; 0 when there was none or no public key to believe them by.
    pub anchors: u64,
    /// The rolling hash at the end: what an anchor would say of the events.
    pub anchor: EventHash,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }

    /// The first bad event.
    #[must_use]
    pub fn first_bad(&self) -> Option<&Finding> {
        self.findings.first()
    }
}

/// What the walk remembers: about 130 bytes for an aggregate, 30 for an event.
struct Walk {
    result: Verification,
    findings: Findings,
    /// Where the last event of each stands, and its hash.
    last_of: HashMap<AggregateId, (u64, EventHash)>,
    doubts: Doubts,
    /// The last sequence that is missing.
    missing: u64,
    ids: HashSet<EventId>,
    mark: Mark,
    /// Anchors that are still ahead, the next one last; and where the last one stood that fitted.
    ahead: Vec<Anchor>,
    fitted: u64,
    held: HashMap<Uuid, Held>,
    /// How often the words of a record were sealed again under a new key.
    redactions: HashMap<AggregateId, u32>,
    known_at: KnownAt,
}

impl Log {
    /// Walks everything without anchors to compare with; see [`verify_against`](Self::verify_against).
    ///
    /// # Errors
    /// Only when the log cannot be read; what is wrong with it is in the answer.
    pub async fn verify(&self, progress: impl FnMut(u64)) -> Result<Verification, LogError> {
        self.verify_against(AnchorSet::default(), progress).await
    }

    /// The anchors that NATS holds, for who has no file of them: they tell of whoever cannot sign, not of whoever replaced all.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn anchors(&self, key: &PublicKey) -> Result<AnchorSet, LogError> {
        let lines = self.anchor_lines(1).await?;
        Ok(AnchorSet::of(lines.iter().map(String::as_str), key))
    }

    /// Compares anchors of a file with those in NATS; those that NATS alone holds are added.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn anchors_beside(&self, mut file: AnchorSet, key: &PublicKey) -> Result<AnchorSet, LogError> {
        file.compare(&self.anchors(key).await?);
        Ok(file)
    }

    /// Walks the log from the first event to its present end: gaps, the chain of hashes on every subject, ids that occur
    /// twice, events that do not decode, fields that are not sealed for their place or whose key is neither there nor erased;
    /// every key of the vault, whether it opens; and whether all this and the audit stream are what the anchors say.
    /// `progress` hears the sequence now and then, and at the end.
    ///
    /// # Errors
    /// Only when the log cannot be read; what is wrong with it is in the answer.
    pub async fn verify_against(
        &self,
        anchors: AnchorSet,
        mut progress: impl FnMut(u64),
    ) -> Result<Verification, LogError> {
        let head = self.head().await?;
        // The vault after the end of the log: the key of every event up to there is then in it, or was erased.
        let mut census = Census::default();
        self.census_opening(&mut census).await?;
        let mut walk = Walk::new(head.sequence, &anchors, &mut census);
        let mut next = 1;
        while next <= head.sequence {
            let events = match self.read(next).await {
                Ok(events) => events,
                Err(error) => {
                    next = walk.behind(&error).ok_or(error)?;
                    continue;
                }
            };
            let mut events = std::pin::pin!(events);
            while next <= head.sequence {
                match tokio::time::timeout(STALLED, events.next()).await {
                    Ok(Some(Ok(raw))) => {
                        next = raw.sequence + 1;
                        walk.event(&raw);
                        if raw.sequence % PROGRESS == 0 {
                            progress(raw.sequence);
                        }
                    }
                    Ok(Some(Err(error))) => {
                        next = walk.behind(&error).ok_or(error)?;
                        break;
                    }
                    Ok(None) => break,
                    // A server that cannot read a message of its own disk delivers nothing and says nothing.
                    Err(_) => {
                        match self.event_at(next).await {
                            Ok(Some(raw)) => walk.event(&raw),
                            Ok(None) => walk.unreadable(next, "the server holds no such event any more"),
                            Err(error) => walk.unreadable(next, &error.to_string()),
                        }
                        next += 1;
                        break;
                    }
                }
            }
        }
        for doubt in walk.doubts.take() {
            let accused = match doubt.accused() {
                Some(sequence) => self.event_at(sequence).await?,
                None => None,
            };
            let event_type = accused.and_then(|raw| raw.event_type().map(ToOwned::to_owned).ok());
            walk.findings.add(doubt.told(event_type));
        }
        let audit = self.audit_against(&anchors, &mut walk).await?;
        progress(head.sequence);
        Ok(walk.end(anchors, census, audit))
    }

    /// Walks the audit stream beside the anchors; gives how many messages it holds.
    async fn audit_against(&self, anchors: &AnchorSet, walk: &mut Walk) -> Result<u64, LogError> {
        let stream = self.config().audit();
        let through = self.end_of(&stream).await?.unwrap_or(0);
        let mut mark = Mark::default();
        let mut ahead: Vec<&Anchor> = anchors.anchors.iter().rev().collect();
        let (mut fitted, mut wrong) = (0, None);
        let mut check = |mark: &Mark, sequence: u64| {
            while let Some(anchor) = ahead.pop_if(|anchor| anchor.audit.through < sequence) {
                if anchor.audit == *mark {
                    fitted = anchor.audit.through;
                } else if wrong.is_none() {
                    wrong = Some(against(Part::Audit, anchor.number, anchor.audit, *mark, fitted));
                }
            }
        };
        if through > 0 {
            self.walk(&stream, 1, through, |raw| {
                check(&mark, raw.sequence);
                mark.take(&raw, raw.event_hash());
                Ok(())
            })
            .await?;
        }
        check(&mark, u64::MAX);
        wrong.into_iter().for_each(|finding| walk.findings.add(finding));
        Ok(mark.count)
    }
}

/// A stream that is not what an anchor says; `fitted` is where the anchor before it still fitted.
fn against(part: Part, number: u64, said: Mark, is: Mark, fitted: u64) -> Finding {
    if is.through < said.through {
        let what = format!("it ends here, and anchor {number} saw more: the end was cut off");
        return Finding::new(part, is.through + 1, what).between(said.through, is.through);
    }
    let what = format!("between here and sequence {} it is not what anchor {number} saw", said.through);
    let finding = Finding::new(part, fitted + 1, what);
    match said.count == is.count {
        true => finding.between(said.hash, is.hash),
        false => finding.between(format!("{} messages", said.count), format!("{} messages", is.count)),
    }
}

impl Walk {
    fn new(through: u64, anchors: &AnchorSet, census: &mut Census) -> Self {
        let (keys, erased) =
            (census.made.len() - census.erased.len().min(census.made.len()), census.erased.len());
        let result = Verification {
            through,
            events: 0,
            aggregates: 0,
            findings: vec![],
            found: 0,
            keys: keys as u64,
            erased: erased as u64,
            audit: 0,
            anchors: anchors.anchors.len() as u64,
            anchor: EventHash([0; 32]),
        };
        Self {
            result,
            findings: Findings::default(),
            last_of: HashMap::new(),
            doubts: Doubts::default(),
            missing: 0,
            ids: HashSet::new(),
            mark: Mark::default(),
            ahead: anchors.anchors.iter().rev().cloned().collect(),
            fitted: 0,
            held: std::mem::take(&mut census.held),
            redactions: HashMap::new(),
            known_at: KnownAt::default(),
        }
    }

    /// A gap is a finding, and the walk goes on behind it.
    fn behind(&mut self, error: &LogError) -> Option<u64> {
        let LogErrorKind::Gap { first, last } = error.kind() else { return None };
        let missing = last - first + 1;
        let what = format!("{missing} events are missing, up to sequence {last}");
        self.findings.add(Finding::new(Part::Events, first, what));
        self.missing = last;
        Some(last + 1)
    }

    fn unreadable(&mut self, sequence: u64, why: &str) {
        let what = format!("the server cannot read it from its disk: {why}");
        self.findings.add(Finding::new(Part::Events, sequence, what));
        self.missing = sequence;
    }

    fn event(&mut self, raw: &Raw) {
        self.result.events += 1;
        let hash = raw.event_hash();
        self.compare(raw.sequence);
        self.mark.take(raw, hash);
        self.doubts.seen(hash);
        if let Some(what) = self.chain(raw, hash).err().or_else(|| self.content(raw).err()) {
            let event_type = raw.event_type().unwrap_or_default().to_owned();
            let subject = raw.subject.clone();
            let finding = Finding::new(Part::Events, raw.sequence, what);
            self.findings.add(Finding { subject, event_type, ..finding });
        }
    }

    /// Compares with every anchor before `sequence`. From the first that does not fit on, none will: it alone is told.
    fn compare(&mut self, sequence: u64) {
        while let Some(anchor) = self.ahead.pop_if(|anchor| anchor.events.through < sequence) {
            if anchor.events == self.mark {
                self.fitted = anchor.events.through;
                continue;
            }
            let finding = against(Part::Events, anchor.number, anchor.events, self.mark, self.fitted);
            self.findings.add_behind(anchor.events.through, finding);
            self.ahead.clear();
        }
    }

    /// Its place: whose it is, what it follows, that it is there once.
    fn chain(&mut self, raw: &Raw, hash: EventHash) -> Result<(), String> {
        let aggregate = raw.aggregate().map_err(|error| error.to_string())?;
        let before = self.last_of.insert(aggregate, (raw.sequence, hash));
        let id = raw.event_id().map_err(|error| error.to_string())?;
        if !self.ids.insert(id) {
            return Err(format!("the event id {id} occurs twice"));
        }
        let named = raw.headers.get(envelope::SUBJECT).map(ToString::to_string);
        if named != Some(aggregate.to_string()) {
            return Err(format!("it says that it belongs to {}", named.unwrap_or_else(|| "nothing".into())));
        }
        let previous = envelope::Brief::of(&raw.headers).map_err(|error| error.to_string())?.previous;
        match (previous, before) {
            (previous, before) if previous == before.map(|(_, hash)| hash) => Ok(()),
            (None, Some(_)) => Err("it says that it is the first on its subject, and is not".into()),
            (Some(_), None) => Err("the event before it on its subject is missing".into()),
            (Some(previous), Some(before)) => {
                let innocent = self.missing > before.0 || self.fitted >= before.0;
                if let Some(doubt) = self.doubts.keep(Doubt::of(raw, previous, before, innocent)) {
                    self.findings.add(doubt.told(None));
                }
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// Its content: that it decodes, and that nothing in it is clear or was sealed for another place.
    fn content(&mut self, raw: &Raw) -> Result<(), String> {
        let recorded = raw.decode(&mut self.known_at).map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_slice(&raw.body).map_err(|error| error.to_string())?;
        if seal::has_clear(&body) {
            return Err("a field that must be sealed is clear".into());
        }
        let aggregate = recorded.meta.aggregate;
        let texts = body.get("texts").and_then(Value::as_array);
        if recorded.meta.event_type.name == "redacted" && texts.is_some_and(|texts| !texts.is_empty()) {
            *self.redactions.entry(aggregate).or_default() += 1;
        }
        let sealed_under = key_after(aggregate.id, self.redactions.get(&aggregate).copied().unwrap_or(0));
        let key = AggregateId::new(aggregate.kind, sealed_under);
        for (pointer, field) in seal::ciphertexts(&body) {
            if !seal::is_in_place(&field, recorded.meta.id, &pointer) {
                return Err(format!(
                    "the sealed field {pointer} of level {:?} was sealed for {}",
                    field.level, field.of
                ));
            }
            if field.key != seal::key_id(key, field.level) {
                return Err(format!("the sealed field {pointer} names the key of another aggregate"));
            }
            match field.key.rsplit('.').next().and_then(|id| self.held.get(&id.parse().ok()?)) {
                Some(Held::Open | Held::Erased) => {}
                Some(Held::Closed) => {
                    return Err(format!("the key of the sealed field {pointer} does not open"));
                }
                None => {
                    return Err(format!(
                        "the vault holds neither the key of the sealed field {pointer} nor word of its erasure"
                    ));
                }
            }
        }
        Ok(())
    }

    fn end(mut self, anchors: AnchorSet, census: Census, audit: u64) -> Verification {
        self.compare(u64::MAX);
        if !census.root {
            self.findings.add(Finding::new(Part::Vault, 0, "the root secret of the keyed hashes is missing"));
        }
        let vault = census.against(&anchors.anchors);
        census
            .findings
            .into_iter()
            .chain(vault)
            .chain(anchors.findings)
            .for_each(|finding| self.findings.add(finding));
        (self.result.findings, self.result.found) = self.findings.end();
        self.result.aggregates = self.last_of.len();
        self.result.audit = audit;
        self.result.anchor = self.mark.hash;
        self.result
    }
}
