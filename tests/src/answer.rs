//! What the interface answered.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

/// Times that a call is repeated which the interface asks to come back, each after the time that the interface waits itself.
const AGAIN: usize = 20;
/// The problems that make it do so.
const COME_BACK: [&str; 2] = ["not-visible-yet", "audit-away"];

/// Status, headers that tests look at, and the body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Header `content-type`.
    pub content_type: String,
    /// Header `etag`.
    pub etag: Option<String>,
    /// Header `retry-after`.
    pub retry_after: Option<String>,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// Reads the whole response.
    ///
    /// # Panics
    /// When it breaks off.
    pub async fn read(response: reqwest::Response) -> Self {
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().expect("headers are ASCII").to_owned())
        };
        Self {
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            etag: header("etag"),
            retry_after: header("retry-after"),
            text: response.text().await.expect("the answer arrives whole"),
        }
    }

    /// What is not visible yet is asked for again, as the interface says, and so is what could not be written down in time: how fast
    /// views and servers are is not what a test is about. A command that was answered so was not carried out.
    pub async fn patiently<F: Future<Output = Self>>(send: impl Fn() -> F) -> Self {
        for _ in 0..AGAIN {
            let answer = send().await;
            let later = COME_BACK.iter().any(|code| answer.text.contains(code));
            if answer.status != 503 || !later {
                return answer;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        send().await
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// The same answer, which must be a success.
    ///
    /// # Panics
    /// When it is none; the problem document says why.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text);
        self
    }

    /// The id of what was created.
    ///
    /// # Panics
    /// When the answer has none.
    #[track_caller]
    pub fn id(&self) -> Uuid {
        self.json()["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no id in {}", self.text))
    }

    /// The sequence of a write.
    ///
    /// # Panics
    /// When the answer has none.
    #[track_caller]
    pub fn sequence(&self) -> u64 {
        self.json()["sequence"].as_u64().unwrap_or_else(|| panic!("no sequence in {}", self.text))
    }

    /// Must be a problem document of this status and type.
    ///
    /// # Panics
    /// When it is none: it lacks a detail, or is another problem.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.content_type, "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert!(
            problem["type"].as_str().is_some_and(|kind| kind.ends_with(code)),
            "expected {code}: {problem}"
        );
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
        problem
    }
}
