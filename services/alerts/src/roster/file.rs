//! The roster's file as it is written; what is wrong in it, and where.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use nabij_model::text::{Code, StaffId};
use nabij_model::{CentreId, Role};
use serde::Deserialize;
use toml::Spanned;

use super::contact::{Address, Language};
use super::hours::Hours;
use super::{Absence, Duty, Exception, Roster, Way};

/// A roster is wrong: where, and what was expected. No message shows an address.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no roster.
    #[error("{}:{line}: {problem}", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What, and what was expected.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    timezone: Spanned<String>,
    #[serde(default)]
    person: Vec<Person>,
    #[serde(default)]
    shared: Vec<Shared>,
    #[serde(default)]
    duty: Vec<Spanned<DutyLine>>,
    #[serde(default)]
    absence: Vec<Spanned<AbsenceLine>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    id: Spanned<StaffId>,
    #[serde(default)]
    language: Language,
    email: Option<Spanned<Address>>,
    webhook: Option<Spanned<Address>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    name: Spanned<Code>,
    #[serde(default)]
    language: Language,
    email: Option<Spanned<Address>>,
    webhook: Option<Spanned<Address>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyLine {
    role: Role,
    centre: Option<CentreId>,
    operator: Option<Code>,
    #[serde(default)]
    persons: Vec<Spanned<StaffId>>,
    #[serde(default)]
    deputies: Vec<Spanned<StaffId>>,
    #[serde(default)]
    shared: Vec<Spanned<Code>>,
    #[serde(default)]
    everybody: bool,
    #[serde(default)]
    hours: Vec<Spanned<String>>,
    #[serde(default)]
    exception: Vec<Spanned<ExceptionLine>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionLine {
    from: Day,
    to: Day,
    persons: Vec<Spanned<StaffId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsenceLine {
    person: Spanned<StaffId>,
    from: Day,
    to: Day,
}

/// A day, written as a TOML date or as text.
#[derive(Deserialize)]
#[serde(try_from = "DayText")]
struct Day(Date);

#[derive(Deserialize)]
#[serde(untagged)]
enum DayText {
    Date(toml::value::Datetime),
    Text(String),
}

impl TryFrom<DayText> for Day {
    type Error = jiff::Error;

    fn try_from(text: DayText) -> Result<Self, jiff::Error> {
        let text = match text {
            DayText::Date(date) => date.to_string(),
            DayText::Text(text) => text,
        };
        text.parse().map(Self)
    }
}

/// Everything that is wrong, each with the byte at which it stands.
struct Wrongs(Vec<(usize, String)>);

impl Wrongs {
    fn add(&mut self, at: usize, problem: impl Into<String>) {
        self.0.push((at, problem.into()));
    }
}

impl Roster {
    /// Reads and checks a roster.
    ///
    /// # Errors
    /// Everything that is wrong, with the file and the line.
    pub fn read(path: &Path) -> Result<Self, Vec<RosterError>> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| vec![RosterError::Unreadable { path: path.to_owned(), source }])?;
        Self::parse(&text).map_err(|wrongs| {
            let line = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
            let wrong = |(at, problem)| RosterError::Wrong { path: path.to_owned(), line: line(at), problem };
            wrongs.into_iter().map(wrong).collect()
        })
    }

    /// What a file says; else what is wrong, with the byte at which it stands.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<(usize, String)>> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![(at, error.message().to_owned())]
        })?;
        let mut wrongs = Wrongs(Vec::new());
        let zone = TimeZone::get(file.timezone.get_ref()).unwrap_or_else(|_| {
            let problem = format!(
                "{:?} is no time zone: expected for example `Europe/Brussels`",
                file.timezone.get_ref()
            );
            wrongs.add(file.timezone.span().start, problem);
            TimeZone::UTC
        });
        let people = people(&file, &mut wrongs);
        let shared = shared(&file, &mut wrongs);
        let duties = file.duty.iter().map(|line| duty(line, &people, &shared, &mut wrongs)).collect();
        let absences = absences(&file, &people, &mut wrongs);
        in_nobodys_hands(&file, &mut wrongs);
        wrongs.0.sort_by_key(|(at, _)| *at);
        if wrongs.0.is_empty() { Ok(Self { zone, people, shared, duties, absences }) } else { Err(wrongs.0) }
    }
}

fn people(file: &File, wrongs: &mut Wrongs) -> BTreeMap<StaffId, Way> {
    let mut people = BTreeMap::new();
    for person in &file.person {
        let way = way(person.language, person.email.as_ref(), person.webhook.as_ref(), wrongs);
        if people.insert(person.id.get_ref().clone(), way).is_some() {
            wrongs
                .add(person.id.span().start, format!("`{}` is there twice: leave one", person.id.get_ref()));
        }
    }
    people
}

fn shared(file: &File, wrongs: &mut Wrongs) -> BTreeMap<Code, Way> {
    let mut all = BTreeMap::new();
    for shared in &file.shared {
        let at = shared.name.span().start;
        if shared.email.is_none() && shared.webhook.is_none() {
            wrongs
                .add(at, format!("`{}` has no address: give it `email` or `webhook`", shared.name.get_ref()));
        }
        let way = way(shared.language, shared.email.as_ref(), shared.webhook.as_ref(), wrongs);
        if all.insert(shared.name.get_ref().clone(), way).is_some() {
            wrongs.add(at, format!("`{}` is there twice: leave one", shared.name.get_ref()));
        }
    }
    all
}

fn way(
    language: Language,
    email: Option<&Spanned<Address>>,
    webhook: Option<&Spanned<Address>>,
    wrongs: &mut Wrongs,
) -> Way {
    if let Some(email) = email
        && !is_email(email.get_ref().reveal())
    {
        wrongs.add(email.span().start, "`email` is no address: expected one like `name@example.org`");
    }
    if let Some(webhook) = webhook
        && !is_webhook(webhook.get_ref().reveal())
    {
        wrongs.add(webhook.span().start, "`webhook` is no address: expected one that begins with `https://`");
    }
    let of = |address: Option<&Spanned<Address>>| address.map(|address| address.get_ref().clone());
    Way { language, email: of(email), webhook: of(webhook) }
}

fn is_email(text: &str) -> bool {
    let clean = !text.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == ',');
    clean
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// In the clear only on the same machine: a receiver that is being tried out.
fn is_webhook(text: &str) -> bool {
    let clean = !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    let near = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let on_this_machine = near.iter().any(|start| {
        text.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    });
    clean && (text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) || on_this_machine)
}

fn duty(
    line: &Spanned<DutyLine>,
    people: &BTreeMap<StaffId, Way>,
    shared: &BTreeMap<Code, Way>,
    wrongs: &mut Wrongs,
) -> Duty {
    let at = line.span().start;
    let line = line.get_ref();
    if matches!(line.role, Role::Service | Role::Guardian) {
        wrongs.add(at, format!("a {} hears no escalation: expected a role of staff", line.role));
    }
    if line.centre.is_some() && line.operator.is_some() {
        wrongs.add(at, "a duty is of a centre or of an operator: give one, or neither for the whole network");
    }
    if line.persons.is_empty() && line.shared.is_empty() && !line.everybody {
        wrongs.add(at, "nobody is on duty: name `persons` or `shared`, or say `everybody = true`");
    }
    known(&line.persons, people, wrongs);
    known(&line.deputies, people, wrongs);
    for deputy in &line.deputies {
        if line.persons.iter().any(|person| person.get_ref() == deputy.get_ref()) {
            wrongs.add(
                deputy.span().start,
                format!("`{}` is their own deputy: name somebody else", deputy.get_ref()),
            );
        }
    }
    for name in line.shared.iter().filter(|name| !shared.contains_key(name.get_ref())) {
        wrongs.add(name.span().start, format!("no `[[shared]]` is called `{}`", name.get_ref()));
    }
    let mut hours = Vec::new();
    for text in &line.hours {
        match text.get_ref().parse::<Hours>() {
            Ok(parsed) if hours.contains(&parsed) => {
                wrongs.add(text.span().start, format!("`{}` is there twice: leave one", text.get_ref()));
            }
            Ok(parsed) => hours.push(parsed),
            Err(error) => wrongs.add(text.span().start, error.to_string()),
        }
    }
    let mut exceptions: Vec<Exception> = Vec::new();
    for exception in &line.exception {
        let at = exception.span().start;
        let exception = exception.get_ref();
        known(&exception.persons, people, wrongs);
        let (from, to) = period(&exception.from, &exception.to, at, wrongs);
        if exceptions.iter().any(|other| other.from <= to && from <= other.to) {
            wrongs.add(at, "two exceptions of this duty hold on one day: say once who is there");
        }
        exceptions.push(Exception { from, to, persons: plain(&exception.persons) });
    }
    Duty {
        role: line.role,
        centre: line.centre,
        operator: line.operator.clone(),
        persons: plain(&line.persons),
        deputies: plain(&line.deputies),
        shared: line.shared.iter().map(|name| name.get_ref().clone()).collect(),
        hours,
        exceptions,
    }
}

fn absences(file: &File, people: &BTreeMap<StaffId, Way>, wrongs: &mut Wrongs) -> Vec<Absence> {
    let mut absences: Vec<Absence> = Vec::new();
    for line in &file.absence {
        let at = line.span().start;
        let line = line.get_ref();
        known(std::slice::from_ref(&line.person), people, wrongs);
        let (from, to) = period(&line.from, &line.to, at, wrongs);
        let person = line.person.get_ref().clone();
        if absences.iter().any(|other| other.person == person && other.from <= to && from <= other.to) {
            wrongs.add(at, format!("`{person}` is away twice on one day: join the two"));
        }
        absences.push(Absence { person, from, to });
    }
    absences
}

fn period(from: &Day, to: &Day, at: usize, wrongs: &mut Wrongs) -> (Date, Date) {
    if from.0 > to.0 {
        wrongs.add(at, format!("it ends on {}, before it begins on {}", to.0, from.0));
    }
    (from.0, to.0)
}

fn known(named: &[Spanned<StaffId>], people: &BTreeMap<StaffId, Way>, wrongs: &mut Wrongs) {
    for person in named.iter().filter(|person| !people.contains_key(person.get_ref())) {
        wrongs.add(person.span().start, format!("no `[[person]]` has the id `{}`", person.get_ref()));
    }
}

fn plain(named: &[Spanned<StaffId>]) -> Vec<StaffId> {
    named.iter().map(|person| person.get_ref().clone()).collect()
}

/// An address to which nothing would ever be sent: somebody believes that they are told, and is not.
fn in_nobodys_hands(file: &File, wrongs: &mut Wrongs) {
    let duties: Vec<&DutyLine> = file.duty.iter().map(Spanned::get_ref).collect();
    let on_duty = |id: &StaffId| {
        let of = |named: &[Spanned<StaffId>]| named.iter().any(|person| person.get_ref() == id);
        duties.iter().any(|duty| {
            of(&duty.persons)
                || of(&duty.deputies)
                || duty.exception.iter().any(|exception| of(&exception.get_ref().persons))
        })
    };
    for person in file.person.iter().filter(|person| !on_duty(person.id.get_ref())) {
        wrongs.add(person.id.span().start, format!("`{}` has no duty and would never hear anything: name them in a `[[duty]]`, or leave them out", person.id.get_ref()));
    }
    let used =
        |name: &Code| duties.iter().any(|duty| duty.shared.iter().any(|shared| shared.get_ref() == name));
    for shared in file.shared.iter().filter(|shared| !used(shared.name.get_ref())) {
        wrongs.add(
            shared.name.span().start,
            format!(
                "nothing is ever sent to `{}`: name it in a `[[duty]]`, or leave it out",
                shared.name.get_ref()
            ),
        );
    }
}
