//! Writes the table of the shipped rules into `deploy/rules/README.md`.
//!
//! `cargo run -p nabij-alerts --example rules` writes; with `--check` it writes nothing and exits 1 when the table differs.

use std::path::Path;
use std::process::ExitCode;

use nabij_alerts::rule::{Condition, Rule, read_rules};

const BEGIN: &str = "<!-- the table of rules: generated -->";
const END: &str = "<!-- the end of it -->";

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        other => {
            eprintln!("unknown arguments {other:?}: give none to write, or --check");
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
    let rules = read_rules(&folder).map_err(|errors| format!("{errors:?}"))?;
    let path = folder.join("README.md");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("deploy/rules/README.md: {error}"))?;
    let (before, rest) =
        text.split_once(BEGIN).ok_or_else(|| format!("deploy/rules/README.md has no {BEGIN:?}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("deploy/rules/README.md has no {END:?}"))?;
    let rows: Vec<String> = rules.iter().map(row).collect();
    let table = format!("| rule | raises | first heard by | why |\n|---|---|---|---|\n{}\n", rows.join("\n"));
    let wanted = format!("{before}{BEGIN}\n{table}{END}{after}");
    if wanted == text {
        return Ok(());
    }
    if check {
        return Err(
            "deploy/rules/README.md: the table of rules differs: cargo run -p nabij-alerts --example rules"
                .into(),
        );
    }
    std::fs::write(&path, wanted).map_err(|error| format!("deploy/rules/README.md: {error}"))
}

fn row(rule: &Rule) -> String {
    let roles: Vec<String> = rule.steps[0].to.iter().map(word).collect();
    let shown = word(&rule.shown_as);
    let loud = if rule.shown_as.is_alarm() { word(&rule.severity) } else { shown };
    format!(
        "| `{}` | {loud}: {} | {} | {} |",
        rule.id,
        condition(rule),
        roles.join(", ").replace('_', " "),
        rule.reason
    )
}

fn condition(rule: &Rule) -> String {
    let mut names: Vec<String> = rule.when.iter().map(|trigger| format!("`{}`", trigger.event)).collect();
    names.dedup();
    let when = names.join(", ");
    match rule.condition() {
        Condition::Event => when,
        Condition::Absence(unless) => {
            let time = match (&unless.until, unless.within) {
                (Some(field), _) => format!("by the day in `{field}`"),
                (None, within) => format!("within {}", time(within.unwrap_or_default())),
            };
            format!("{when}, unanswered {time}")
        }
        Condition::Sequence(then) => {
            let follows: Vec<String> = then.any.iter().map(|one| format!("`{}`", one.event)).collect();
            format!("{when}, then {} within {}", follows.join(", "), time(then.within))
        }
        Condition::Count(count) => {
            let of = if count.distinct_cases { "cases of " } else { "" };
            let linked = if count.linked { ", linked" } else { "" };
            let above = if count.above_baseline.is_some() { ", above what is usual" } else { "" };
            let over = word(&format!("{:?}", count.over).to_lowercase());
            let within = time(count.within);
            format!("{} {of}{when} within {within} in one {over}{linked}{above}", count.at_least)
        }
        Condition::Figure(figure) => {
            format!("{} above {}", figure.name.word().replace('_', " "), figure.above)
        }
    }
}

/// A word as the files have it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn time(time: jiff::SignedDuration) -> String {
    match time.as_hours() {
        hours if hours >= 72 && hours % 24 == 0 => format!("{} days", hours / 24),
        hours => format!("{hours} h"),
    }
}
