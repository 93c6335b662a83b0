//! What is planted: a child, five others, and words about each, in every place that takes words.

use nabij_testkit::eventually;
use nabij_tests::{Answer, Network, Token};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const NAME: &str = "Zemzem Planted-Surname";
pub(crate) const NUMBER: &str = "OV-987654321";
pub(crate) const BORN: &str = "2010-05-02";
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
    night: Token,
    elsewhere: Uuid,
}

impl Team {
    pub(crate) async fn new(network: &Network) -> Self {
        let hq = network.token("network_hq", "hq-1", None, None);
        let body =
            json!({"code": "de-linde", "name": "De Linde", "operator": "fedasil", "languages": ["nl"]});
        let centre = network.post(&hq, "/v1/centres", body).await.ok().id();
        let body = json!({"code": "de-eik", "name": "De Eik", "operator": "fedasil", "languages": ["nl"]});
        let elsewhere = network.post(&hq, "/v1/centres", body).await.ok().id();
        let staff = |role: &str, sub: &str| network.token(role, sub, Some(centre), Some("fedasil"));
        Self {
            centre,
            companion: staff("companion", "companion-3"),
            psychologist: staff("psychosocial", "psy-1"),
            director: staff("director", "director-1"),
            second: staff("director", "director-2"),
            night: staff("frontline", "night-1"),
            elsewhere,
        }
    }

    async fn open(&self, network: &Network, name: &str, household: Uuid) -> Answer {
        let body = json!({
            "centre": self.centre, "birth_date": BORN, "accompaniment": "one_parent", "languages": ["ps"],
            "arrived_on": "2026-01-10", "household": household,
            "resident": {"name": name, "official_number": NUMBER},
        });
        network.post(&self.companion, "/v1/cases", body).await.ok()
    }

    /// Everything of a file that takes words: what happened to the child itself.
    async fn fill(&self, network: &Network, child: Uuid) {
        let day = "2026-02-01";
        let conditions = json!({"same_mission": true, "necessary": true, "person_informed": true});
        for (by, what, body) in [
            (&self.psychologist, "vulnerabilities", json!({"category": "torture", "note": ALONE})),
            (&self.companion, "responses", json!({"words": ALONE})),
            (&self.companion, "contacts", json!({"with": "resident", "note": ALONE})),
            (
                &self.companion,
                "guidance",
                json!({"triggers": [ALONE], "helps": [ALONE], "agreed_with": "resident"}),
            ),
            (
                &self.psychologist,
                "screenings",
                json!({"instrument": "rhs15", "on": day, "items": vec![1; 14], "thermometer": 6, "note": ALONE}),
            ),
            (
                &self.companion,
                "consents",
                json!({"by": "parent", "capable": true, "assent": "given", "scope": ["school"],
                    "interpreter": "professional", "note": ALONE}),
            ),
            (
                &self.companion,
                "shares",
                json!({"with": "network", "recipient": ALONE, "reader": {"person": "psy-far-away"}, "what": ["plan"],
                    "ground": "shared_secrecy", "conditions": conditions, "note": ALONE}),
            ),
            (&self.companion, "trusted-persons", json!({"role": "frontline", "name": ALONE})),
            (&self.companion, "support-network", json!({"tie": "sibling", "abroad": true, "note": ALONE})),
            (&self.night, "break-glass", json!({"reason": "danger_to_life", "why": ALONE})),
        ] {
            network.post(by, &format!("/v1/cases/{child}/{what}"), body).await.ok();
        }
        let holds = format!("/v1/cases/{child}/holds");
        let held = json!({"ground": "complaint", "note": ALONE});
        let hold = network.post(&self.director, &holds, held).await.ok().json()["hold"].clone();
        let lift = format!("{holds}/{}/lift", hold.as_str().expect("its id"));
        network.post(&self.director, &lift, json!({"note": ALONE})).await.ok();
        let transfers = format!("/v1/cases/{child}/transfers");
        let asked = json!({
            "to_centre": self.elsewhere, "kind": "family_reunion", "who_moves": "resident", "reason": ALONE,
            "alternatives": ALONE, "resident_view": ALONE, "handover": ALONE,
        });
        let transfer = network.post(&self.companion, &transfers, asked).await.ok().json()["transfer"].clone();
        let cancel = format!("{transfers}/{}/cancel", transfer.as_str().expect("its id"));
        network.post(&self.companion, &cancel, json!({"reason": ALONE})).await.ok();
    }

    /// Records of their own that are about the child and nobody else: a signal, a meeting, a referral, an acute signal, and the alarm
    /// that it raised, with what somebody promised and did.
    async fn records(&self, network: &Network, child: Uuid) -> Vec<Uuid> {
        let about = json!([{"case": child, "role": "affected"}]);
        let quiet = json!({"centre": self.centre, "note": ALONE, "category": "withdrawal", "cases": about});
        let signal = network.post(&self.companion, "/v1/signals", quiet).await.ok().id();
        let view = json!({"severity": "low", "blind": true, "note": ALONE});
        network.post(&self.psychologist, &format!("/v1/signals/{signal}/assessments"), view).await.ok();
        let held = json!({
            "centre": self.centre, "kind": "multidisciplinary", "held_at": "2026-02-01T09:00:00Z", "cases": [child],
            "strengths": [ALONE], "needs": [ALONE], "decisions": [{"text": ALONE, "role": "companion"}],
        });
        let discussion = network.post(&self.companion, "/v1/discussions", held).await.ok().id();
        let referral = json!({
            "case": child, "centre": self.centre, "provider": ALONE, "provider_kind": "mental_health_centre", "reason": ALONE,
            "consent": {"vital_interest": {"justification": ALONE}}, "urgency": "soon",
        });
        let referral = network.post(&self.psychologist, "/v1/referrals", referral).await.ok().id();
        let acute = json!({"centre": self.centre, "note": ALONE, "severity": "acute", "cases": about});
        let acute = network.post(&self.companion, "/v1/signals", acute).await.ok().id();
        let raised = || async {
            let list = network.get(&self.director, "/v1/escalations").await.ok().json();
            list["escalations"][0]["id"].as_str().and_then(|id| id.parse::<Uuid>().ok())
        };
        let alarm = eventually(raised).await.expect("an acute signal raises an alarm");
        let way = format!("/v1/escalations/{alarm}");
        let promise = json!({"will_do": ALONE});
        network.post(&self.director, &format!("{way}/acknowledge"), promise).await.ok();
        network.post(&self.director, &format!("{way}/resolve"), json!({"outcome": ALONE})).await.ok();
        vec![signal, discussion, referral, acute, alarm]
    }
}

/// What was written about one child and five others.
pub(crate) struct Written {
    pub(crate) child: Uuid,
    /// The event that opened the child's file.
    pub(crate) opened: u64,
    pub(crate) others: Vec<Uuid>,
    /// Records about the child and nobody else, a signal first.
    pub(crate) alone: Vec<Uuid>,
    pub(crate) shared: Uuid,
    /// Before anybody was erased.
    pub(crate) sequence: u64,
}

pub(crate) async fn write(network: &Network, team: &Team) -> Written {
    let household = Uuid::now_v7();
    let opened = team.open(network, NAME, household).await;
    let (child, opened) = (opened.id(), opened.sequence());
    let mut others = Vec::new();
    for number in 0..5 {
        others.push(team.open(network, &format!("Other {number}"), household).await.id());
    }
    team.fill(network, child).await;
    let alone = team.records(network, child).await;
    let involved: Vec<Value> = std::iter::once(child)
        .chain(others.iter().copied())
        .map(|case| json!({"case": case, "role": "witness"}))
        .collect();
    let shared = json!({"centre": team.centre, "note": SHARED, "category": "conflict", "cases": involved});
    let shared = network.post(&team.companion, "/v1/signals", shared).await.ok().id();
    let contact = json!({"with": "resident", "note": OTHERS});
    let last =
        network.post(&team.companion, &format!("/v1/cases/{}/contacts", others[0]), contact).await.ok();
    Written { child, opened, others, alone, shared, sequence: last.sequence() }
}
