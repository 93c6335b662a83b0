//! What is left of a budget, as callers read it: the headers `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4).

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Rate;
use crate::problem::Problem;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What one caller, or one address, has left of a budget after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub(super) name: &'static str,
    pub(super) rate: Rate,
    /// Calls that may follow at once.
    pub(super) remaining: u32,
    /// Seconds until the next one, of a call that was one too many.
    pub(super) wait: Option<u32>,
}

impl Left {
    /// Lets the call go on.
    ///
    /// # Errors
    /// 429 `too-many-calls` with Retry-After when it was one too many; `whose` says of whom.
    pub(super) fn check(self, whose: &str) -> Result<Self, Problem> {
        let Some(seconds) = self.wait else { return Ok(self) };
        let detail = format!(
            "too many calls {whose} in a short time: nothing was done, call again in {seconds} s; signals have room of their own"
        );
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-calls", detail);
        Err(problem.after(seconds).of_budget(self))
    }

    /// Writes the two headers: how much the budget holds and in how long it fills (`q` and `w`), how much is left and when it
    /// is whole again (`r` and `t`, seconds).
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        let Rate { per_second, burst } = self.rate;
        let window = burst.div_ceil(per_second);
        let whole = (burst - self.remaining.min(burst)).div_ceil(per_second);
        let whole = whole.max(self.wait.unwrap_or_default());
        let lines = [
            (RATE_LIMIT_POLICY, format!("\"{}\";q={burst};w={window}", self.name)),
            (RATE_LIMIT, format!("\"{}\";r={};t={whole}", self.name, self.remaining)),
        ];
        for (name, text) in lines {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(remaining: u32, wait: Option<u32>) -> [String; 2] {
        let rate = Rate { per_second: 50, burst: 500 };
        let mut headers = HeaderMap::new();
        Left { name: "reads", rate, remaining, wait }.write(&mut headers);
        [RATE_LIMIT_POLICY, RATE_LIMIT].map(|name| headers[name].to_str().unwrap().to_owned())
    }

    #[test]
    fn the_headers_are_structured_fields_of_the_draft() {
        assert_eq!(written(499, None), ["\"reads\";q=500;w=10", "\"reads\";r=499;t=1"]);
        assert_eq!(written(500, None)[1], "\"reads\";r=500;t=0");
        assert_eq!(written(0, Some(1))[1], "\"reads\";r=0;t=10");
    }

    #[test]
    fn one_too_many_is_a_problem_that_says_when() {
        let rate = Rate { per_second: 1, burst: 1 };
        let left = |wait| Left { name: "reads", rate, remaining: 0, wait };
        left(None).check("of yours").unwrap();
        let refused = left(Some(3)).check("of yours").unwrap_err();
        assert_eq!((refused.code(), refused.document().retry_after), ("too-many-calls", Some(3)));
    }
}
