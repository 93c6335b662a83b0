//! Streams of a test's own on shared servers.

use std::collections::BTreeSet;

use async_nats::jetstream::Context;
use serde_json::{Value, json};
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
        for name in self.streams(&context).await {
            // Another task of the test may have deleted it meanwhile.
            drop(context.delete_stream(name).await);
        }
    }

    /// Every stream whose name holds this id. The server lists a thousand at a time; each page begins in the middle of the one before it,
    /// since other tests delete streams meanwhile.
    async fn streams(&self, context: &Context) -> BTreeSet<String> {
        let (mut own, mut offset) = (BTreeSet::new(), 0);
        loop {
            let listed = context.request("STREAM.NAMES", &json!({"offset": offset})).await;
            let listed: Value =
                listed.unwrap_or_else(|error| panic!("the streams could not be listed: {error}"));
            let page = listed["streams"].as_array().map_or(&[][..], Vec::as_slice);
            let names = page.iter().filter_map(Value::as_str).filter(|name| name.contains(&self.id));
            own.extend(names.map(str::to_owned));
            let seen = offset + page.len() as u64;
            if page.is_empty() || listed["total"].as_u64().is_none_or(|total| seen >= total) {
                return own;
            }
            offset = seen.midpoint(offset).max(offset + 1);
        }
    }
}
