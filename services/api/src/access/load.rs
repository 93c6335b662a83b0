//! Reads and checks a folder of policies: everything that cannot be right is refused here, at the start.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use super::error::line_at;
use super::groups::{self, Group};
use super::source::{SCHEMA, Source};
use super::{AccessError, Action, PolicyName};

/// One policy.
#[derive(Debug, Clone)]
pub struct PolicyLine {
    /// Its name: what it says, in one sentence.
    pub name: PolicyName,
    /// The file that it stands in.
    pub file: String,
    /// Its line there, from 1.
    pub line: usize,
    pub(super) policy: Policy,
}

/// What a folder holds.
pub(super) struct Loaded {
    pub(super) schema: Schema,
    pub(super) groups: BTreeMap<String, Group>,
    /// By file and line.
    pub(super) policies: Vec<PolicyLine>,
    /// Whether one of them names a centre.
    pub(super) centres_named: bool,
}

/// Reads `source`, and validates every policy strictly against the schema.
pub(super) fn load(source: &Source) -> Result<Loaded, AccessError> {
    let schema = schema(&source.schema)?;
    let groups = groups::read(&source.groups)?;
    let mut policies: Vec<PolicyLine> = Vec::new();
    for (file, text) in &source.policies {
        for policy in read(file, text)? {
            if let Some(first) = policies.iter().find(|known| known.name == policy.name) {
                let what = format!("{:?} is the name of a policy of {} already", &*policy.name, first.file);
                return Err(AccessError::wrong(file, policy.line, what));
            }
            policies.push(policy);
        }
    }
    validate(&schema, source, &policies)?;
    for line in &policies {
        literals(line, &groups)?;
    }
    let centres_named = policies.iter().any(|line| names_a_centre(&line.policy));
    Ok(Loaded { schema, groups, policies, centres_named })
}

/// The schema, which must know exactly the actions that calls ask about.
fn schema(text: &str) -> Result<Schema, AccessError> {
    let (schema, _) =
        Schema::from_cedarschema_str(text).map_err(|error| AccessError::found(SCHEMA, text, &error))?;
    let known: BTreeSet<&str> = schema.actions().map(|action| action.id().unescaped()).collect();
    let asked: BTreeSet<&str> = Action::ALL.iter().map(|action| action.name()).collect();
    if let Some(missing) = asked.difference(&known).next() {
        let what = format!("the action {missing:?} is missing, and calls ask about it");
        return Err(AccessError::wrong(SCHEMA, None, what));
    }
    if let Some(unknown) = known.difference(&asked).next() {
        let line = text.find(&format!("{unknown:?}")).map(|offset| line_at(text, offset));
        let what = format!("no call asks about the action {unknown:?}: expected one of {asked:?}");
        return Err(AccessError::wrong(SCHEMA, line, what));
    }
    Ok(schema)
}

/// The policies of one file, each under the name of its `@id`.
fn read(file: &str, text: &str) -> Result<Vec<PolicyLine>, AccessError> {
    let set = PolicySet::from_str(text).map_err(|error| AccessError::found(file, text, &error))?;
    if let Some(template) = set.templates().next() {
        let what = format!("{} has a slot: templates are not linked here", template.id());
        return Err(AccessError::wrong(file, None, what));
    }
    // cedar counts them as they stand: policy0, policy1 ...
    let number =
        |policy: &&Policy| policy.id().to_string().trim_start_matches("policy").parse::<usize>().ok();
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(number);
    let heads = heads(text);
    let mut read = Vec::new();
    for (number, policy) in policies.into_iter().enumerate() {
        let line = heads.get(number).copied().unwrap_or(1);
        let name =
            policy.annotation("id").map(str::trim).filter(|name| !name.is_empty()).ok_or_else(|| {
                AccessError::wrong(file, line, "a policy without a name: put @id(\"what it says\") before it")
            })?;
        let policy = policy.new_id(PolicyId::new(name));
        read.push(PolicyLine { name: name.into(), file: file.to_owned(), line, policy });
    }
    Ok(read)
}

/// The lines on which policies begin with their effect.
fn heads(text: &str) -> Vec<usize> {
    let effect = |line: &str| ["permit", "forbid"].iter().any(|effect| line.trim_start().starts_with(effect));
    text.lines().enumerate().filter(|(_, line)| effect(line)).map(|(number, _)| number + 1).collect()
}

fn validate(schema: &Schema, source: &Source, policies: &[PolicyLine]) -> Result<(), AccessError> {
    let all = policies.iter().map(|line| line.policy.clone());
    let set = PolicySet::from_policies(all)
        .map_err(|error| AccessError::wrong("*.cedar", None, error.to_string()))?;
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    let Some(error) = result.validation_errors().next() else { return Ok(()) };
    let named = policies.iter().find(|line| line.policy.id() == error.policy_id());
    let file = named.map_or("*.cedar", |line| line.file.as_str());
    let text = source.policies.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text);
    Err(match AccessError::found(file, text, error) {
        AccessError::Wrong { file, line: None, what } => {
            AccessError::wrong(&file, named.map(|line| line.line), what)
        }
        found => found,
    })
}

/// Every group that a policy names has its roles, and no policy names a person or a record: decisions are remembered by what
/// relates a caller to a record, not by who they are.
fn literals(line: &PolicyLine, groups: &BTreeMap<String, Group>) -> Result<(), AccessError> {
    for literal in line.policy.entity_literals() {
        let kind = literal.type_name().basename();
        let id: &str = literal.id().unescaped();
        let what = match kind {
            "Group" if !groups.contains_key(id) => {
                format!("roles.toml does not say who belongs to the group {id:?}")
            }
            "Staff" | "Record" => format!(
                "it names {}: policies name roles and relations, no person and no record",
                show(&literal)
            ),
            _ => continue,
        };
        return Err(AccessError::wrong(&line.file, line.line, what));
    }
    Ok(())
}

fn names_a_centre(policy: &Policy) -> bool {
    policy.entity_literals().iter().any(|literal| literal.type_name().basename() == "Centre")
}

fn show(literal: &EntityUid) -> String {
    literal.to_string()
}
