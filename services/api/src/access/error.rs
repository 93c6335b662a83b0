//! What is wrong with the policies, and where.

use std::path::PathBuf;

/// What is wrong with the policies, and where.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file is missing or cannot be read.
    #[error("{} cannot be read: a folder of policies has nabij.cedarschema, roles.toml and *.cedar files", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that cannot be.
    #[error("{file}{}: {what}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Wrong {
        /// Which.
        file: String,
        /// Its line, from 1, where known.
        line: Option<usize>,
        /// What is wrong, and what was expected.
        what: String,
    },
}

impl AccessError {
    pub(super) fn wrong(file: &str, line: impl Into<Option<usize>>, what: impl Into<String>) -> Self {
        Self::Wrong { file: file.to_owned(), line: line.into(), what: what.into() }
    }

    /// What cedar found in `text`, at the line that it points to.
    pub(super) fn found(
        file: &str,
        text: &str,
        error: &(impl miette::Diagnostic + std::fmt::Display),
    ) -> Self {
        let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        let what = match error.help() {
            Some(help) => format!("{error} ({help})"),
            None => error.to_string(),
        };
        // One sentence, whatever lines cedar writes it in.
        let what: Vec<&str> = what.split_whitespace().collect();
        Self::wrong(file, offset.map(|offset| line_at(text, offset)), what.join(" "))
    }
}

/// The line, from 1, that holds the byte at `offset`.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
