//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In which file.
    pub file: PathBuf,
    /// In which line, from 1; absent when it is about no line.
    pub line: Option<usize>,
    /// What, and what was expected.
    pub problem: String,
}

impl Finding {
    pub(crate) fn at(file: &Path, text: &str, span: Option<Range<usize>>, problem: String) -> Self {
        let line = span.map(|span| {
            1 + text.as_bytes()[..span.start.min(text.len())].iter().filter(|b| **b == b'\n').count()
        });
        Self { file: file.to_owned(), line, problem }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.problem)
    }
}
