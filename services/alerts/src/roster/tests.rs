use std::path::Path;

use super::*;

const HERE: &str = "01890000-0000-7000-8000-000000000001";
const THERE: &str = "01890000-0000-7000-8000-000000000002";

const ROSTER: &str = r#"
timezone = "Europe/Brussels"

[[person]]
id = "director-1"
language = "fr"
email = "director@example.org"

[[person]]
id = "deputy-1"

[[person]]
id = "night-1"
webhook = "https://example.org/night"

[[shared]]
name = "hq-mail"
email = "hq@example.org"

[[duty]]
role = "director"
centre = "01890000-0000-7000-8000-000000000001"
persons = ["director-1"]
deputies = ["deputy-1"]
hours = ["mon-fri 08:00-18:00"]

[[duty.exception]]
from = 2026-03-04
to = 2026-03-04
persons = ["night-1"]

[[duty]]
role = "director"
operator = "fedasil"
persons = ["night-1"]
hours = ["mon-sun 22:00-06:00"]

[[duty]]
role = "operator_hq"
operator = "fedasil"
shared = ["hq-mail"]

[[absence]]
person = "director-1"
from = 2026-03-03
to = 2026-03-03
"#;

fn roster() -> Roster {
    Roster::parse(ROSTER).unwrap()
}

/// Who hears as director at a local moment.
fn heard(centre: &str, local: &str, passed_over: &[&str]) -> Vec<String> {
    let roster = roster();
    let local: jiff::civil::DateTime = local.parse().unwrap();
    let at = local.to_zoned(roster.zone().clone()).unwrap().timestamp();
    let passed_over: Vec<StaffId> = passed_over.iter().map(|id| id.parse().unwrap()).collect();
    let operator = Code::new("fedasil").unwrap();
    let found = roster.hearing_without(
        Role::Director,
        Some(centre.parse().unwrap()),
        Some(&operator),
        at,
        &passed_over,
    );
    found
        .into_iter()
        .map(|contact| match contact.to {
            Recipient::Staff(id) => id.to_string(),
            Recipient::Role(role) => role.to_string(),
        })
        .collect()
}

#[test]
fn whoever_is_on_call_hears_it_and_else_the_next_wider_duty() {
    assert_eq!(heard(HERE, "2026-03-02T09:00", &[]), ["director-1"]);
    assert_eq!(heard(HERE, "2026-03-02T23:00", &[]), ["night-1"]);
    assert_eq!(heard(THERE, "2026-03-02T23:00", &[]), ["night-1"]);
}

#[test]
fn where_nobody_is_on_call_whoever_has_the_duty_hears_it_all_the_same() {
    assert_eq!(heard(HERE, "2026-03-02T20:00", &[]), ["director-1"]);
    assert_eq!(heard(THERE, "2026-03-02T12:00", &[]), ["night-1"]);
}

#[test]
fn who_is_away_or_part_of_the_matter_is_replaced() {
    assert_eq!(heard(HERE, "2026-03-03T09:00", &[]), ["deputy-1"]);
    assert_eq!(heard(HERE, "2026-03-02T09:00", &["director-1"]), ["deputy-1"]);
    assert_eq!(heard(HERE, "2026-03-02T09:00", &["director-1", "deputy-1"]), ["night-1"]);
    assert_eq!(heard(HERE, "2026-03-04T09:00", &[]), ["night-1"], "an exception of one day");
    assert!(heard(THERE, "2026-03-02T09:00", &["night-1"]).is_empty());
}

#[test]
fn a_shift_stays_a_shift_when_the_clock_changes() {
    // In the night to 29 March 2026 the clock goes from 02:00 to 03:00, in the night to 25 October back again.
    let at = |utc: &str| -> Timestamp { utc.parse().unwrap() };
    let roster = roster();
    let on_call = |utc| {
        let director = roster.hearing(Role::Director, Some(HERE.parse().unwrap()), None, at(utc));
        director.iter().any(|contact| contact.language == Language::Fr)
    };
    let fallback = |utc| {
        let operator = Code::new("fedasil").unwrap();
        let director = roster.hearing(Role::Director, Some(HERE.parse().unwrap()), Some(&operator), at(utc));
        director.iter().any(|contact| contact.webhook.is_some())
    };
    assert!(on_call("2026-03-27T07:30:00Z"), "08:30 in winter");
    assert!(on_call("2026-03-30T06:30:00Z"), "08:30 in summer");
    assert!(fallback("2026-03-27T04:30:00Z"), "05:30 in winter: still the night");
    assert!(!fallback("2026-03-30T04:30:00Z"), "06:30 in summer: no longer");
    assert!(fallback("2026-10-25T00:30:00Z") && fallback("2026-10-25T01:30:00Z"), "02:30 comes twice");
}

#[test]
fn a_shared_address_speaks_for_a_role() {
    let operator = Code::new("fedasil").unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let found = roster().hearing(Role::OperatorHq, Some(HERE.parse().unwrap()), Some(&operator), at);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to, Recipient::Role(Role::OperatorHq));
    assert_eq!(found[0].name.as_ref().map(Code::as_str), Some("hq-mail"));
    let other = Code::new("caritas").unwrap();
    assert!(roster().hearing(Role::OperatorHq, Some(HERE.parse().unwrap()), Some(&other), at).is_empty());
}

#[test]
fn no_address_shows_when_a_roster_is_printed() {
    let printed = format!("{:?}", roster());
    assert!(!printed.contains("example.org"), "{printed}");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let line_of = |text: &str| ROSTER[..ROSTER.find(text).unwrap()].matches('\n').count() + 1;
    for (from, to, said, near) in [
        ("Europe/Brussels", "Europe/Brassels", "is no time zone", "timezone"),
        (
            "deputies = [\"deputy-1\"]",
            "deputies = [\"deputy-2\"]",
            "no `[[person]]` has the id `deputy-2`",
            "deputies",
        ),
        ("deputies = [\"deputy-1\"]", "deputies = [\"director-1\"]", "their own deputy", "deputies"),
        (
            "shared = [\"hq-mail\"]",
            "everybody = true",
            "nothing is ever sent to `hq-mail`",
            "name = \"hq-mail\"",
        ),
        (
            "shared = [\"hq-mail\"]",
            "shared = [\"hq-post\"]",
            "no `[[shared]]` is called `hq-post`",
            "shared = [",
        ),
        ("deputies = [\"deputy-1\"]", "", "`deputy-1` has no duty", "id = \"deputy-1\""),
        ("to = 2026-03-03", "to = 2026-03-02", "before it begins", "[[absence]]"),
        ("hours = [\"mon-fri 08:00-18:00\"]", "hours = [\"all day\"]", "are no hours", "hours = [\"mon-fri"),
        ("director@example.org", "director at example.org", "`email` is no address", "email = \"director"),
        ("https://example.org/night", "http://example.org/night", "`webhook` is no address", "webhook"),
        ("email = \"hq@example.org\"\n", "", "`hq-mail` has no address", "name = \"hq-mail\""),
        ("id = \"deputy-1\"", "id = \"director-1\"", "is there twice", "id = \"deputy-1\""),
        ("role = \"operator_hq\"", "role = \"guardian\"", "a guardian hears no escalation", "shared = [\"hq"),
        ("language = \"fr\"", "language = \"de\"", "unknown variant", "language"),
        ("language = \"fr\"", "phone = \"1\"", "unknown field `phone`", "language"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), ROSTER.replace(from, to)).unwrap();
        let errors = Roster::read(file.path()).expect_err(to);
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let told = told.iter().find(|told| told.contains(said)).unwrap_or_else(|| panic!("{said}: {told:?}"));
        assert!(!told.contains("director@") && !told.contains("director at"), "an address shows: {told}");
        let line: usize = told.split(':').nth(1).unwrap().parse().unwrap();
        assert!(line.abs_diff(line_of(near)) <= 4, "{told}, expected near line {}", line_of(near));
    }
}

#[test]
fn overlapping_nonsense_is_refused() {
    for more in [
        "[[absence]]\nperson = \"director-1\"\nfrom = 2026-03-01\nto = 2026-03-09\n",
        "[[duty]]\nrole = \"director\"\n",
        "[[duty]]\nrole = \"director\"\ncentre = \"01890000-0000-7000-8000-000000000001\"\noperator = \"fedasil\"\neverybody = true\n",
    ] {
        assert_eq!(Roster::parse(&format!("{ROSTER}\n{more}")).unwrap_err().len(), 1, "{more}");
    }
}

#[test]
fn a_role_that_nobody_has_is_named_with_its_rule_step_and_centre() {
    let rules =
        crate::rule::read_rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules")).unwrap();
    let centres =
        [(HERE.parse().unwrap(), Some(Code::new("fedasil").unwrap())), (THERE.parse().unwrap(), None)];
    let gaps = roster().gaps(&rules, &centres);
    let acute = |role, centre: &str| {
        gaps.iter().any(|gap| {
            gap.rule.as_str() == "acute-signal" && gap.role == role && gap.centre == centre.parse().unwrap()
        })
    };
    assert!(!acute(Role::Director, HERE) && !acute(Role::OperatorHq, HERE));
    assert!(acute(Role::Director, THERE), "the other centre has none");
    assert!(acute(Role::NetworkHq, HERE), "nobody is named for the network");
    let said = gaps[0].to_string();
    assert!(said.contains("rule ") && said.contains("step ") && said.contains("centre "), "{said}");
}

#[test]
fn the_shipped_roster_names_somebody_for_every_step_of_every_shipped_rule() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    let rules = crate::rule::read_rules(&deploy.join("rules")).unwrap();
    let roster = Roster::read(&deploy.join("roster.toml")).unwrap();
    assert_eq!(roster.gaps(&rules, &[(HERE.parse().unwrap(), None)]), []);
}
