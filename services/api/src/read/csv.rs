//! Figures as CSV: one line a row, nested fields joined with dots, columns in order of first appearance.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::problem::Problem;

/// Writes `rows`, each an object, as CSV.
///
/// # Errors
/// Never for JSON; a failure of the writer is ours.
pub(crate) fn csv(rows: &[Value]) -> Result<Response, Problem> {
    let flat: Vec<Vec<(String, String)>> = rows.iter().map(flatten).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in flat.iter().flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let internal = |_| Problem::internal();
    writer.write_record(&columns).map_err(internal)?;
    for row in &flat {
        let cell =
            |column: &&str| row.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text.as_str());
        writer.write_record(columns.iter().map(cell)).map_err(internal)?;
    }
    let body = writer.into_inner().map_err(|_| Problem::internal())?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response())
}

fn flatten(row: &Value) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    collect(row, String::new(), &mut cells);
    cells
}

fn collect(value: &Value, name: String, cells: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                collect(value, name, cells);
            }
        }
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(text).collect();
            cells.push((name, words.join(" ")));
        }
        other => cells.push((name, text(other))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn nested_figures_become_columns() {
        let rows = [
            json!({"centre": "a, b", "gap": {"low": 0.1, "high": 0.4}}),
            json!({"centre": "c", "gap": null, "refused": ["too few"]}),
        ];
        let response = csv(&rows).unwrap();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert_eq!(
            String::from_utf8(body.to_vec()).unwrap(),
            "centre,gap.high,gap.low,gap,refused\n\"a, b\",0.4,0.1,,\nc,,,,too few\n"
        );
    }
}
