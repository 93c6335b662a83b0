//! What is planted: a child, five others, and words about each.

use nabij_tests::{Network, Token};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const NAME: &str = "Zemzem Planted-Surname";
pub(crate) const NUMBER: &str = "OV-987654321";
pub(crate) const BORN: &str = "2014-05-02";
pub(crate) const ALONE: &str = "zilverreiger-alone-4711";
pub(crate) const SHARED: &str = "kiekendief-shared-4712";
pub(crate) const OTHERS: &str = "buizerd-others-4713";

/// A centre and who works there.
pub(crate) struct Team {
    pub(crate) centre: Uuid,
    pub(crate) companion: Token,
    pub(crate) psychologist: Token,
    pub(crate) director: Token,
    pub(crate) second: Token,
}

impl Team {
    pub(crate) async fn new(network: &Network) -> Self {
        let hq = network.token("network_hq", "hq-1", None, None);
        let body =
            json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
        let centre = network.post(&hq, "/v1/centres", body).await.ok().id();
        let staff = |role: &str, sub: &str| network.token(role, sub, Some(centre), Some("fedasil"));
        Self {
            centre,
            companion: staff("companion", "companion-3"),
            psychologist: staff("psychosocial", "psy-1"),
            director: staff("director", "director-1"),
            second: staff("director", "director-2"),
        }
    }

    async fn open(&self, network: &Network, name: &str, household: Uuid) -> Uuid {
        let body = json!({
            "centre": self.centre, "birth_date": BORN, "accompaniment": "one_parent", "languages": ["ps"],
            "arrived_on": "2026-01-10", "household": household,
            "resident": {"name": name, "official_number": NUMBER},
        });
        network.post(&self.companion, "/v1/cases", body).await.ok().id()
    }
}

/// What was written about one child and five others.
pub(crate) struct Written {
    pub(crate) child: Uuid,
    pub(crate) others: Vec<Uuid>,
    pub(crate) alone: Uuid,
    pub(crate) shared: Uuid,
    /// Before anybody was erased.
    pub(crate) sequence: u64,
}

pub(crate) async fn write(network: &Network, team: &Team) -> Written {
    let household = Uuid::now_v7();
    let child = team.open(network, NAME, household).await;
    let mut others = Vec::new();
    for number in 0..5 {
        others.push(team.open(network, &format!("Other {number}"), household).await);
    }
    let path = format!("/v1/cases/{child}");
    let need = json!({"category": "torture", "note": ALONE});
    network.post(&team.psychologist, &format!("{path}/vulnerabilities"), need).await.ok();
    network.post(&team.companion, &format!("{path}/responses"), json!({"words": ALONE})).await.ok();
    let alone = json!({
        "centre": team.centre, "note": ALONE, "category": "withdrawal", "cases": [{"case": child, "role": "affected"}],
    });
    let alone = network.post(&team.companion, "/v1/signals", alone).await.ok().id();
    let involved: Vec<Value> = std::iter::once(child)
        .chain(others.iter().copied())
        .map(|case| json!({"case": case, "role": "witness"}))
        .collect();
    let shared = json!({"centre": team.centre, "note": SHARED, "category": "conflict", "cases": involved});
    let shared = network.post(&team.companion, "/v1/signals", shared).await.ok().id();
    let contact = json!({"with": "resident", "note": OTHERS});
    let last =
        network.post(&team.companion, &format!("/v1/cases/{}/contacts", others[0]), contact).await.ok();
    Written { child, others, alone, shared, sequence: last.sequence() }
}
