use jiff::civil::Date;
use nabij_model::incident::Level;
use nabij_model::signal::Severity;

use super::*;

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_shipped_files_bring_signals_and_registers_under_one_name() {
    let shipped = Reportability::shipped();
    for operator in ["default", "fedasil", "caritas"] {
        let duties = shipped.of(operator);
        assert_eq!(duties.type_of_signal("violence_against_child"), Some(&code("violence-against-child")));
        assert_eq!(duties.type_of_incident("assault-minor", Some("violence")), Some(&code("violence")));
        assert_eq!(duties.type_of_incident("birth-of-a-child", Some("party")), None);
        assert_eq!(duties.severity_of(Level::Critical), Severity::Acute);
    }
}

#[test]
fn the_shortest_matching_duty_holds_and_only_while_it_is_valid() {
    let duties = |text: &str| Reportability::from_files([("a", text)]).unwrap().of("x").clone();
    let duties = duties(
        r#"
        operator = "default"
        levels = { minor = "low", major = "high", critical = "acute" }
        [[type]]
        code = "violence"
        [[rule]]
        types = ["violence"]
        at_least = "high"
        within_days = 7
        valid_from = "2024-01-01"
        valid_to = "2026-01-01"
        source = "agreement"
        [[rule]]
        types = ["violence"]
        only_minors = true
        within_days = 1
        valid_from = "2025-01-01"
        source = "agreement"
        "#,
    );
    let within = |severity, minors, on: &str| {
        duties.duty(&code("violence"), severity, minors, day(on)).map(|rule| rule.within_days)
    };
    assert_eq!(within(Severity::High, None, "2025-06-01"), Some(7));
    assert_eq!(within(Severity::High, Some(true), "2025-06-01"), Some(1));
    assert_eq!(within(Severity::Unsure, Some(true), "2025-06-01"), Some(1));
    assert_eq!(within(Severity::High, Some(true), "2024-06-01"), Some(7));
    assert_eq!(within(Severity::Moderate, None, "2025-06-01"), None);
    assert_eq!(within(Severity::Acute, None, "2026-01-01"), None);
}

#[test]
fn a_file_that_contradicts_itself_is_refused_with_its_name() {
    let head =
        "operator = \"default\"\nlevels = { minor = \"low\", major = \"high\", critical = \"acute\" }\n";
    let refused = |rest: &str| {
        Reportability::from_files([("here.toml", format!("{head}{rest}").as_str())]).unwrap_err().to_string()
    };
    let twice = "[[type]]\ncode = \"a\"\nsignals = [\"x-y\"]\n[[type]]\ncode = \"b\"\nsignals = [\"x_y\"]\n";
    assert!(refused(twice).starts_with("here.toml: x_y is both a and b"), "{}", refused(twice));
    let unknown = "[[rule]]\ntypes = [\"a\"]\nwithin_days = 1\nvalid_from = \"2024-01-01\"\nsource = \"s\"\n";
    assert!(refused(unknown).contains("no [[type]]"));
    assert!(refused("surprise = 1").contains("here.toml"));
    let other = [("other.toml", "operator = \"fedasil\"")];
    assert!(matches!(Reportability::from_files(other), Err(ReportabilityError::NoDefault)));
}
