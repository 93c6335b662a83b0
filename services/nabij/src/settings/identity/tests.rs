//! What is set for an issuer is what the verifier gets.

use nabij_api::tokens::{Entry, Issuer, Machine, Mapping, Scope};
use nabij_model::Role;

use super::*;
use crate::settings::Settings;

/// Every setting, and no two values alike that could stand in each other's place.
const EVERY: &str = r#"
    [[identity.issuers]]
    issuer = "https://login.example/realms/staff"
    audience = "nabij-test"
    algorithms = ["ES384", "PS256"]
    token_types = ["AT+JWT", "access"]
    clients = ["app", "desk"]
    skew_s = 7
    longest_s = 900
    operator = "caritas"
    prefix = "people"
    ca_file = "/etc/nabij/issuer-ca.pem"
    refresh_s = 61
    keep_s = 3601

    [identity.issuers.claims]
    subject = "/a/subject"
    roles = "/b/roles"
    centres = "/c/centres"
    operator = "/d/operator"

    [identity.issuers.groups]
    psy-team = "psychosocial"
    heads = { role = "director", centres = ["0192f0c1-2345-7abc-8def-000000000001"], operator = "caritas" }
    night = [
        { role = "frontline", centres = ["0192f0c1-2345-7abc-8def-000000000002"] },
        { role = "guardian", operator = "caritas" },
    ]

    [identity.issuers.centre_codes]
    KAP = "0192f0c1-2345-7abc-8def-000000000001"
    MOL = "0192f0c1-2345-7abc-8def-000000000002"

    [[identity.issuers.service_accounts]]
    client = "register-import"
    subject = "service-account-7"
    operator = "caritas"
    actions = ["incident.register", "centre.report"]
    centres = ["0192f0c1-2345-7abc-8def-000000000002"]

    [[identity.issuers.service_accounts]]
    client = "clock"
"#;

fn read(text: &str) -> Trust {
    let settings = toml::from_str::<Settings>(text).unwrap().identity;
    settings.check().unwrap();
    let mut trusts = settings.trusts().unwrap();
    assert_eq!(trusts.len(), 1);
    trusts.remove(0)
}

/// Keys have no equality, so neither has a `Trust`: two are compared as they print.
fn printed(trust: &Trust) -> String {
    format!("{trust:#?}")
}

fn centre(id: &str) -> CentreId {
    id.parse().unwrap()
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn entry(role: Role, centres: &[CentreId], operator: Option<&str>) -> Entry {
    Entry { role, centres: centres.to_vec(), operator: operator.map(code) }
}

#[test]
fn every_setting_of_an_issuer_gets_where_it_belongs() {
    let one = centre("0192f0c1-2345-7abc-8def-000000000001");
    let two = centre("0192f0c1-2345-7abc-8def-000000000002");
    let import = Machine {
        client: "register-import".into(),
        subject: "service-account-7".into(),
        operator: Some(code("caritas")),
        scope: Scope {
            actions: Some(vec!["incident.register".into(), "centre.report".into()]),
            centres: vec![two],
        },
    };
    let clock = Machine {
        client: "clock".into(),
        subject: "clock".into(),
        operator: None,
        scope: Scope { actions: None, centres: Vec::new() },
    };
    let night = vec![entry(Role::Frontline, &[two], None), entry(Role::Guardian, &[], Some("caritas"))];
    let timing =
        Timing { refresh: Duration::from_secs(61), keep: Duration::from_secs(3601), ..Timing::default() };
    // Without `..`: a new field must be set here too.
    let expected = Trust {
        issuer: "https://login.example/realms/staff".into(),
        audience: "nabij-test".into(),
        algorithms: vec![Algorithm::ES384, Algorithm::PS256],
        kinds: vec!["at+jwt".into(), "access".into()],
        clients: vec!["app".into(), "desk".into()],
        skew: 7,
        longest: 900,
        operator: Some(code("caritas")),
        prefix: Some(code("people")),
        mapping: Mapping {
            subject: "/a/subject".into(),
            roles: "/b/roles".into(),
            centres: "/c/centres".into(),
            operator: "/d/operator".into(),
            groups: BTreeMap::from([
                ("psy-team".to_owned(), vec![entry(Role::Psychosocial, &[], None)]),
                ("heads".to_owned(), vec![entry(Role::Director, &[one], Some("caritas"))]),
                ("night".to_owned(), night),
            ]),
            codes: BTreeMap::from([("KAP".to_owned(), one), ("MOL".to_owned(), two)]),
            machines: vec![import, clock],
        },
        keys: Keys::Published { ca_file: Some("/etc/nabij/issuer-ca.pem".into()), timing },
    };
    assert_eq!(printed(&read(EVERY)), printed(&expected));
}

#[test]
fn the_example_of_the_section_reads_as_it_says_and_what_it_leaves_out_has_its_default() {
    let example: Vec<&str> = include_str!("../identity.rs")
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .skip_while(|line| *line != " ```toml")
        .skip(1)
        .take_while(|line| *line != " ```")
        .collect();
    let kapellen = centre("0192f0c1-2345-7abc-8def-0123456789ab");
    let import = Machine {
        client: "register-import".into(),
        subject: "register-import".into(),
        operator: None,
        scope: Scope {
            actions: Some(vec!["incident.register".into(), "centre.report".into()]),
            centres: Vec::new(),
        },
    };
    let keys = Keys::Published { ca_file: None, timing: Timing::default() };
    let expected = Trust {
        algorithms: vec![Algorithm::RS256, Algorithm::ES256],
        operator: Some(code("caritas")),
        prefix: Some(code("caritas")),
        mapping: Mapping {
            roles: "/realm_access/roles".into(),
            centres: "/nabij/centres".into(),
            groups: BTreeMap::from([
                ("psy-team".to_owned(), vec![entry(Role::Psychosocial, &[], None)]),
                ("kapellen-heads".to_owned(), vec![entry(Role::Director, &[kapellen], None)]),
            ]),
            codes: BTreeMap::from([("KAP".to_owned(), kapellen)]),
            machines: vec![import],
            ..Mapping::default()
        },
        ..Trust::new("https://login.caritas.example/realms/staff", AUDIENCE, keys)
    };
    assert_eq!(printed(&read(&example.join("\n"))), printed(&expected));
}

#[test]
fn keys_from_files_take_the_place_of_published_ones() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("issuer.pub.pem");
    let signer = Issuer::from_pem(&Issuer::new_key().unwrap(), "a", AUDIENCE).unwrap();
    std::fs::write(&file, signer.public_pem()).unwrap();
    let text = format!("[[identity.issuers]]\nissuer = \"a\"\npublic_key_files = [{file:?}]");
    let Keys::Fixed(keys) = read(&text).keys else { panic!("they would be fetched") };
    let ids: Vec<Option<&str>> = keys.iter().map(PublicKey::id).collect();
    assert_eq!(ids, [signer.published()["kid"].as_str()]);
}
