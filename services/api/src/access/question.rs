//! A question to the policies, reduced to what they can see. Two questions that are equal here get the same answer, so
//! answers are remembered by it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request,
    RestrictedExpression as Expression, Schema,
};
use nabij_model::text::Code;
use nabij_model::{Actor, AggregateKind, CentreId, Role};
use serde::Serialize;
use uuid::Uuid;

use super::groups::Group;
use super::{Action, Place, Why};

/// What was granted to the caller, for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Granted {
    levels: BTreeSet<String>,
    parts: BTreeSet<String>,
}

/// Who asks what about a record that lies where. Centres stand in it as policies tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    role: Role,
    centres: Vec<CentreId>,
    operator: Option<Code>,
    action: Action,
    kind: Option<AggregateKind>,
    centre: Option<CentreId>,
    receiver: Option<CentreId>,
    safety: Option<CentreId>,
    former: Vec<CentreId>,
    affected: Vec<CentreId>,
    of_operator: Option<Code>,
    confidential: bool,
    /// Whether the caller wrote it; absent when nobody is known to have.
    own: Option<bool>,
    /// Whether the caller heard of the escalation that it is.
    heard: Option<bool>,
    granted: BTreeMap<Why, Granted>,
}

/// Centres as policies tell them apart. As long as none is named, all that counts is which are the same: they are numbered in the
/// order in which they come, and what relates a caller to a record is one question in every centre of the network.
struct Alike {
    /// A policy names a centre: each is itself.
    named: bool,
    seen: Vec<CentreId>,
}

impl Alike {
    fn one(&mut self, centre: CentreId) -> CentreId {
        if self.named {
            return centre;
        }
        let number = self.seen.iter().position(|seen| *seen == centre).unwrap_or_else(|| {
            self.seen.push(centre);
            self.seen.len() - 1
        });
        CentreId(Uuid::from_u128(number as u128))
    }

    fn all(&mut self, centres: &[CentreId]) -> Vec<CentreId> {
        centres.iter().map(|centre| self.one(*centre)).collect()
    }
}

impl Question {
    /// `centres_named`: whether a policy names a centre.
    pub(super) fn new(caller: &Actor, action: Action, place: &Place, centres_named: bool) -> Self {
        let mut centres = Alike { named: centres_named, seen: Vec::new() };
        let mut granted: BTreeMap<Why, Granted> = BTreeMap::new();
        for grant in place.grants.iter().filter(|grant| grant.is_for(caller)) {
            let sum = granted.entry(grant.why).or_default();
            sum.levels.extend(grant.levels.iter().filter_map(name));
            sum.parts.extend(grant.parts.iter().filter_map(name));
        }
        Self {
            role: caller.role,
            centres: centres.all(&caller.centres),
            operator: caller.operator.clone(),
            action,
            kind: place.record.map(|record| record.kind),
            centre: place.centre.map(|centre| centres.one(centre)),
            receiver: place.receiver.map(|centre| centres.one(centre)),
            safety: place.safety.map(|centre| centres.one(centre)),
            former: centres.all(&place.former),
            affected: centres.all(&place.affected),
            of_operator: place.operator.clone(),
            confidential: place.confidential,
            own: place.author.as_ref().map(|author| *author == caller.subject),
            heard: place.heard.as_ref().map(|heard| heard.by(caller)),
            granted,
        }
    }
}

/// The name that an enumeration has in JSON.
fn name(word: &impl Serialize) -> Option<String> {
    serde_json::to_value(word).ok()?.as_str().map(str::to_owned)
}

/// Names of the schema, made once.
pub(super) struct Names {
    role: EntityTypeName,
    group: EntityTypeName,
    centre: EntityTypeName,
    operator: EntityTypeName,
    action: EntityTypeName,
    caller: EntityUid,
    somebody: EntityUid,
    record: EntityUid,
    /// Role and groups of each role, in the order of the roles.
    parents: Vec<HashSet<EntityUid>>,
}

impl Names {
    /// `None` only for a name that is no name.
    pub(super) fn new(groups: &BTreeMap<String, Group>) -> Option<Self> {
        let kind = |name: &str| EntityTypeName::from_str(&format!("Nabij::{name}")).ok();
        let (staff, record) = (kind("Staff")?, kind("Record")?);
        let mut names = Self {
            role: kind("Role")?,
            group: kind("Group")?,
            centre: kind("Centre")?,
            operator: kind("Operator")?,
            action: kind("Action")?,
            caller: uid(&staff, "caller"),
            somebody: uid(&staff, "somebody else"),
            record: uid(&record, "record"),
            parents: Vec::new(),
        };
        let parents = |role: &Role| {
            let groups = groups.iter().filter(|(_, group)| group.roles.contains(role));
            let groups = groups.map(|(name, _)| uid(&names.group, name));
            groups.chain([uid(&names.role, role.as_str())]).collect()
        };
        names.parents = Role::ALL.iter().map(parents).collect();
        Some(names)
    }

    /// The question as cedar takes it, checked against the schema as the policies were.
    pub(super) fn ask(
        &self,
        question: &Question,
        schema: &Schema,
    ) -> Result<(Request, Entities), Box<dyn std::error::Error + Send + Sync>> {
        let context =
            question.granted.iter().map(|(why, granted)| (why.name().to_owned(), self.granted(granted)));
        let context = context.map(|(why, granted)| Ok((why, granted?)));
        let context = Context::from_pairs(context.collect::<Result<Vec<_>, Failed>>()?)?;
        let action = uid(&self.action, question.action.name());
        let request = Request::new(self.caller.clone(), action, self.record.clone(), context, Some(schema))?;
        let parents = self.parents[question.role as usize].clone();
        let caller = Entity::new(self.caller.clone(), self.caller(question), parents)?;
        let record = Entity::new(self.record.clone(), self.record(question), HashSet::new())?;
        Ok((request, Entities::from_entities([caller, record], Some(schema))?))
    }

    fn caller(&self, question: &Question) -> HashMap<String, Expression> {
        let mut caller = HashMap::from([("centres".to_owned(), self.centres(&question.centres))]);
        if let Some(operator) = &question.operator {
            caller.insert("operator".to_owned(), self.operator(operator));
        }
        caller
    }

    fn record(&self, question: &Question) -> HashMap<String, Expression> {
        let mut record = HashMap::from([
            ("former".to_owned(), self.centres(&question.former)),
            ("affected".to_owned(), self.centres(&question.affected)),
            ("confidential".to_owned(), Expression::new_bool(question.confidential)),
        ]);
        let mut tell = |name: &str, value: Option<Expression>| {
            if let Some(value) = value {
                record.insert(name.to_owned(), value);
            }
        };
        tell("kind", question.kind.map(|kind| Expression::new_string(kind.to_string())));
        tell("centre", question.centre.map(|centre| self.centre(centre)));
        tell("receiver", question.receiver.map(|centre| self.centre(centre)));
        tell("safety", question.safety.map(|centre| self.centre(centre)));
        tell("operator", question.of_operator.as_ref().map(|operator| self.operator(operator)));
        let author = |own| if own { self.caller.clone() } else { self.somebody.clone() };
        tell("heard", question.heard.map(Expression::new_bool));
        tell("author", question.own.map(|own| Expression::new_entity_uid(author(own))));
        record
    }

    fn centre(&self, centre: CentreId) -> Expression {
        Expression::new_entity_uid(uid(&self.centre, &centre.to_string()))
    }

    fn centres(&self, centres: &[CentreId]) -> Expression {
        Expression::new_set(centres.iter().map(|centre| self.centre(*centre)))
    }

    fn operator(&self, operator: &Code) -> Expression {
        Expression::new_entity_uid(uid(&self.operator, operator.as_str()))
    }

    fn granted(&self, granted: &Granted) -> Result<Expression, Failed> {
        let set = |words: &BTreeSet<String>| {
            Expression::new_set(words.iter().map(|word| Expression::new_string(word.clone())))
        };
        let fields = [("levels", set(&granted.levels)), ("parts", set(&granted.parts))];
        Ok(Expression::new_record(fields.map(|(name, value)| (name.to_owned(), value)))?)
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::relation::caller;

    /// What `caller` of this centre asks about a record that lies in `lies`, and came from `former`.
    fn asked(own: &str, lies: &str, former: &str, centres_named: bool) -> Question {
        let centre = |name| CentreId::derived(&[name]);
        let caller = Actor { centres: vec![centre(own)], ..caller(Role::Companion) };
        let place = Place { former: vec![centre(former)], ..Place::centre(centre(lies)) };
        Question::new(&caller, Action::ReadCase, &place, centres_named)
    }

    #[test]
    fn what_relates_a_caller_to_a_record_is_one_question_in_every_centre() {
        assert_eq!(asked("a", "a", "b", false), asked("b", "b", "c", false));
        assert_eq!(asked("a", "b", "a", false), asked("c", "a", "c", false));
        assert_ne!(asked("a", "a", "b", false), asked("a", "b", "a", false));
        assert_ne!(asked("a", "b", "b", false), asked("a", "b", "c", false));
        assert_ne!(asked("a", "a", "b", true), asked("b", "b", "c", true), "a policy names a centre");
    }
}
