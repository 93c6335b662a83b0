//! The published answers beside the repository, read where they lie.

use std::path::Path;

use serde_json::Value;

/// The case called `name`, or nothing (and a printed line) where the reference folder is absent.
pub(crate) fn case(name: &str) -> Option<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/underreporting.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("SKIPPED {name}: no published answers beside this repository ({})", file.display());
        return None;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    Some(cases.into_iter().find(|case| case["name"] == name).unwrap_or_else(|| panic!("no case {name}")))
}

/// An array of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Equal when `actual` rounds to `printed` at `digits` decimals.
#[track_caller]
pub(crate) fn same(actual: f64, printed: &Value, digits: i32) {
    let printed = printed.as_f64().unwrap();
    let half = 0.5 * 10_f64.powi(-digits) * (1.0 + 1e-9);
    assert!((actual - printed).abs() <= half, "{actual} is not {printed} to {digits} decimals");
}
