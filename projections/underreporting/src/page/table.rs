//! The table beside each chart.

use super::svg::escaped;

/// A table; the first column names its row.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let head: String = head.iter().map(|cell| format!(r#"<th scope="col">{}</th>"#, escaped(cell))).collect();
    let rows: String = rows
        .iter()
        .map(|row| {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let cell = escaped(cell);
                if column == 0 {
                    format!(r#"<th scope="row">{cell}</th>"#)
                } else {
                    format!("<td>{cell}</td>")
                }
            });
            format!("<tr>{}</tr>\n", cells.collect::<String>())
        })
        .collect();
    format!(
        "<div class=\"wide\"><table>\n<caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n",
        escaped(caption)
    )
}
