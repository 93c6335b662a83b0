//! What stands in the address: ids in the path, parameters behind the question mark.

use axum::extract::{Query, RawPathParams};
use axum::http::Uri;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::problem::Problem;

/// The ids of a path, in order: `{id}` first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(Vec<(String, Uuid)>);

impl Parameters {
    /// Reads every `{name}` of a path as an id.
    ///
    /// # Errors
    /// 400 `bad-id` naming the first that is none.
    pub(crate) fn read(raw: &RawPathParams) -> Result<Self, Problem> {
        let read = |(name, text): (&str, &str)| match text.parse() {
            Ok(id) => Ok((name.to_owned(), id)),
            Err(_) => Err(Problem::bad_request(
                "bad-id",
                format!("`{name}` in the address is no UUID: copy it from the answer that named it"),
            )),
        };
        raw.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The aggregate's own id.
    pub(crate) fn id(&self) -> Result<Uuid, Problem> {
        self.0.iter().find(|(name, _)| name == "id").map(|(_, id)| *id).ok_or_else(Problem::internal)
    }

    /// The ids of its parts: every other one.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&str, Uuid)> {
        self.0.iter().filter(|(name, _)| name != "id").map(|(name, id)| (name.as_str(), *id))
    }
}

/// Reads the parameters behind the question mark.
///
/// # Errors
/// 400 `bad-query` for a parameter that is unknown, stands twice, or has another form than it should.
pub(crate) fn query<T: DeserializeOwned>(address: &Uri) -> Result<T, Problem> {
    Query::try_from_uri(address).map(|Query(parameters)| parameters).map_err(|rejection| {
        let text = rejection.body_text();
        let detail = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
        Problem::bad_request("bad-query", detail.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        limit: Option<u32>,
        centre: Option<Uuid>,
    }

    #[test]
    fn a_bad_parameter_is_named() {
        let page: Page =
            query(&"/?limit=7&centre=01890000-0000-7000-8000-000000000001".parse().unwrap()).unwrap();
        assert_eq!((page.limit, page.centre.is_some()), (Some(7), true));
        query::<Page>(&"/".parse().unwrap()).unwrap();
        for (text, name) in [
            ("limit=x", "limit"),
            ("centre=north", "centre"),
            ("page=2", "page"),
            ("limit=1&limit=2", "limit"),
        ] {
            let problem = query::<Page>(&format!("/?{text}").parse().unwrap()).expect_err(text);
            assert_eq!(problem.code(), "bad-query");
            assert!(problem.document().detail.contains(name), "{}", problem.document().detail);
        }
    }
}
