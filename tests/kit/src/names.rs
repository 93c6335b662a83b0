//! Streams of a test's own on shared servers.

use uuid::Uuid;

use crate::connect::connect;
use crate::stack::{Stack, stack};

/// Names that no other test has. The account lets `app` delete streams of these names, unlike `NABIJ` and `VAULT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Takes the place of `NABIJ`: `T_<id>`.
    pub stream: String,
    /// Takes the place of `VAULT`: `TV_<id>`.
    pub vault: String,
    /// Takes the place of the first token of subjects: `t<id>`.
    pub prefix: String,
    /// What makes the names unique, for other things that a test must name.
    pub id: String,
}

/// Fresh names; nothing is created.
pub fn fresh_names() -> Names {
    let id = Uuid::now_v7().simple().to_string()[16..].to_owned();
    Names { stream: format!("T_{id}"), vault: format!("TV_{id}"), prefix: format!("t{id}"), id }
}

impl Names {
    /// Deletes every stream of the shared stack whose name holds this id, key-value buckets included.
    pub async fn cleanup(&self) {
        self.cleanup_on(stack()).await;
    }

    /// The same on other servers, a cluster's for example.
    pub async fn cleanup_on(&self, on: &Stack) {
        let context = async_nats::jetstream::new(connect(&on.nats_admin_url).await);
        let info = context.request("STREAM.NAMES", &serde_json::json!({})).await;
        let listed: serde_json::Value = match info {
            Ok(listed) => listed,
            Err(error) => panic!("the streams could not be listed: {error}"),
        };
        let names = listed["streams"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
        for name in names.filter(|name| name.contains(&self.id)) {
            // Another task of the test may have deleted it meanwhile.
            drop(context.delete_stream(name).await);
        }
    }
}
