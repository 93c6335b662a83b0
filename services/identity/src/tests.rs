//! What a token must not get away with, and what its claims come to.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role};
use serde_json::{Map, Value, json};

use crate::{
    Algorithm, Entry, Issuer, Keys, Machine, PublicKey, Reading, Scope, TokenError, Trust, Unmapped, Verifier,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn issuer() -> Issuer {
    Issuer::from_pem(&Issuer::new_key().unwrap(), "nabij", "nabij-api").unwrap()
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn actor() -> Actor {
    Actor {
        subject: StaffId::new("worker-7").unwrap(),
        role: Role::Frontline,
        centres: vec![CentreId::derived(&["one"])],
        operator: Some(Code::new("fedasil").unwrap()),
    }
}

async fn refusal(verifier: &Verifier, token: &str, at: Timestamp) -> TokenError {
    verifier.verify(token, at, true).await.expect_err("it was taken")
}

/// The token with its head or claims changed, under the old signature.
fn forged(token: &str, head: Option<&str>, claims: Option<&str>) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let part =
        |given: Option<&str>, old: &str| given.map_or(old.to_owned(), |text| URL_SAFE_NO_PAD.encode(text));
    format!("{}.{}.{}", part(head, parts[0]), part(claims, parts[1]), parts[2])
}

fn claims(pairs: Value) -> Map<String, Value> {
    let Value::Object(claims) = pairs else { panic!("no object") };
    claims
}

#[tokio::test]
async fn a_token_stands_for_its_actor_until_it_runs_out() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    assert!(verifier.remembered(&token, now()).unwrap().is_none());
    for _ in 0..2 {
        let identity = verifier.verify(&token, now(), true).await.unwrap();
        assert_eq!(identity.actor(None).unwrap(), actor());
    }
    assert!(verifier.remembered(&token, now()).unwrap().is_some());
    let later = now() + HOUR + SignedDuration::from_secs(31);
    assert_eq!(refusal(&verifier, &token, later).await, TokenError::Expired);
    assert_eq!(refusal(&verifier, &token, later).await, TokenError::Expired, "remembered or not");
    let earlier = now() - SignedDuration::from_secs(31);
    assert_eq!(refusal(&verifier, &token, earlier).await, TokenError::TooEarly);
}

#[tokio::test]
async fn a_token_outlives_its_end_by_what_clocks_may_differ_and_no_more() {
    let issuer = issuer();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    let after_end = |seconds| now() + HOUR + SignedDuration::from_secs(seconds);
    for known in [false, true] {
        let verifier = issuer.verifier();
        let strict = Verifier::new(vec![Trust { skew: 0, ..issuer.trust() }]).unwrap();
        if known {
            verifier.verify(&token, now(), true).await.unwrap();
            strict.verify(&token, now(), true).await.unwrap();
            assert!(verifier.remembered(&token, after_end(29)).unwrap().is_some());
        }
        verifier.verify(&token, after_end(29), true).await.unwrap();
        assert_eq!(refusal(&verifier, &token, after_end(31)).await, TokenError::Expired, "known: {known}");
        assert_eq!(refusal(&strict, &token, after_end(1)).await, TokenError::Expired, "known: {known}");
    }
}

/// A new private key that signs so, by the program `openssl`: this crate makes keys of Ed25519 only.
fn private_key(algorithm: Algorithm) -> jsonwebtoken::EncodingKey {
    let kind = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => "RSA -pkeyopt rsa_keygen_bits:2048",
        Algorithm::ES256 => "EC -pkeyopt ec_paramgen_curve:P-256",
        Algorithm::ES384 => "EC -pkeyopt ec_paramgen_curve:P-384",
        Algorithm::EdDSA => "ED25519",
    };
    let made = Command::new("openssl").args(["genpkey", "-algorithm"]).args(kind.split(' ')).output();
    let made = made.expect("the program `openssl` makes the keys of this test: it must be on the PATH");
    assert!(made.status.success(), "openssl genpkey {kind}: {}", String::from_utf8_lossy(&made.stderr));
    let key = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 => jsonwebtoken::EncodingKey::from_rsa_pem(&made.stdout),
        Algorithm::ES256 | Algorithm::ES384 => jsonwebtoken::EncodingKey::from_ec_pem(&made.stdout),
        Algorithm::EdDSA => jsonwebtoken::EncodingKey::from_ed_pem(&made.stdout),
    };
    key.unwrap()
}

fn said(role: &str) -> Value {
    let iat = now().as_second();
    json!({"iss": "nabij", "aud": "nabij-api", "sub": "w", "roles": [role], "iat": iat, "exp": iat + 3600})
}

fn signed(key: &jsonwebtoken::EncodingKey, algorithm: Algorithm) -> String {
    jsonwebtoken::encode(&jsonwebtoken::Header::new(algorithm.library()), &said("frontline"), key).unwrap()
}

/// Trusts this key, read for some algorithms, of an issuer to which some are allowed.
fn trusting(jwk: &Jwk, read_for: &[Algorithm], allowed: &[Algorithm]) -> Verifier {
    let key = PublicKey::from_jwk(jwk, read_for).unwrap();
    let trust = Trust::new("nabij", "nabij-api", Keys::Fixed(vec![key]));
    Verifier::new(vec![Trust { algorithms: allowed.to_vec(), ..trust }]).unwrap()
}

#[tokio::test]
async fn every_algorithm_is_taken_where_it_is_allowed_and_nowhere_else() {
    for algorithm in Algorithm::ALL {
        let key = private_key(algorithm);
        let jwk = Jwk::from_encoding_key(&key, algorithm.library()).unwrap();
        let token = signed(&key, algorithm);
        for allowed in Algorithm::ALL {
            let verifier = trusting(&jwk, &Algorithm::ALL, &[allowed]);
            let refused = verifier.verify(&token, now(), true).await.err();
            let expected = (allowed != algorithm).then_some(TokenError::Invalid);
            assert_eq!(refused, expected, "{algorithm:?} where {allowed:?} is allowed");
            assert_eq!(PublicKey::from_jwk(&jwk, &[allowed]).is_some(), allowed == algorithm);
        }
        let raised = forged(&token, None, Some(&said("network_hq").to_string()));
        let verifier = trusting(&jwk, &Algorithm::ALL, &Algorithm::ALL);
        assert_eq!(refusal(&verifier, &raised, now()).await, TokenError::Invalid, "{algorithm:?}");
    }
}

#[tokio::test]
async fn an_rsa_key_signs_in_the_allowed_way_only() {
    let key = private_key(Algorithm::RS256);
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256.library()).unwrap();
    let (all, one) = (Algorithm::ALL, [Algorithm::PS256]);
    // What the key says, what it is read for, what its issuer may: each alone rules RS256 out.
    for (says, read_for, allowed) in [
        (Some(KeyAlgorithm::PS256), &all[..], &all[..]),
        (None, &one[..], &all[..]),
        (None, &all[..], &one[..]),
    ] {
        jwk.common.key_algorithm = says;
        let verifier = trusting(&jwk, read_for, allowed);
        verifier.verify(&signed(&key, Algorithm::PS256), now(), true).await.unwrap();
        let refused = refusal(&verifier, &signed(&key, Algorithm::RS256), now()).await;
        assert_eq!(refused, TokenError::Invalid, "{says:?}, {read_for:?}, {allowed:?}");
    }
}

#[tokio::test]
async fn another_key_issuer_audience_algorithm_kind_or_client_is_refused() {
    let issuer = issuer();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    assert_eq!(refusal(&self::issuer().verifier(), &token, now()).await, TokenError::Invalid);
    let key = PublicKey::from_pem(issuer.public_pem()).unwrap();
    let trust = Trust::new("nabij", "nabij-api", Keys::Fixed(vec![key]));
    let verifier = |trust: &Trust| Verifier::new(vec![trust.clone()]).unwrap();
    verifier(&trust).verify(&token, now(), true).await.unwrap();
    let changes: [fn(&mut Trust); 6] = [
        |trust| trust.issuer = "other".into(),
        |trust| trust.audience = "other".into(),
        |trust| trust.algorithms = vec![Algorithm::ES256],
        |trust| trust.kinds = vec!["jwt".into()],
        |trust| trust.clients = vec!["app".into()],
        |trust| trust.longest = 3599,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = trust.clone();
        change(&mut other);
        assert_eq!(refusal(&verifier(&other), &token, now()).await, TokenError::Invalid, "change {number}");
    }
}

#[tokio::test]
async fn a_changed_claim_an_unsigned_token_or_a_confused_key_is_refused() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    let said = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let raised = String::from_utf8(said).unwrap().replace("frontline", "network_hq");
    assert_eq!(refusal(&verifier, &forged(&token, None, Some(&raised)), now()).await, TokenError::Invalid);
    for algorithm in ["none", "None", "HS256", "HS512", "RS256", "ES256", "EdDSA "] {
        let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
        assert_eq!(refusal(&verifier, &forged(&token, Some(&head), None), now()).await, TokenError::Invalid);
    }
    let (head, rest) = token.split_once('.').unwrap();
    let bare = format!("{}.{}.", head, rest.split('.').next().unwrap());
    assert_eq!(refusal(&verifier, &bare, now()).await, TokenError::Invalid);
    // The public key as the secret of an HMAC: a verifier that lets the token choose falls for it.
    for secret in [issuer.public_pem(), issuer.published()["x"].as_str().unwrap()] {
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
        let claims: Value = serde_json::from_str(&raised).unwrap();
        let confused = jsonwebtoken::encode(&header, &claims, &key).unwrap();
        assert_eq!(refusal(&verifier, &confused, now()).await, TokenError::Invalid);
    }
}

#[tokio::test]
async fn a_key_id_is_a_name_and_a_head_brings_no_key() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    let long = "k".repeat(300);
    for kid in
        ["../../../dev/null", "/etc/passwd", "http://127.0.0.1:1/keys", "' OR 1=1 --", "", "\u{0}", &long]
    {
        let head = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid}).to_string();
        assert_eq!(refusal(&verifier, &forged(&token, Some(&head), None), now()).await, TokenError::Invalid);
    }
    let own = json!({
        "alg": "EdDSA", "typ": "at+jwt", "jku": "http://127.0.0.1:1/keys", "jwk": issuer.published(), "x5u": "http://127.0.0.1:1/",
    });
    assert_eq!(
        refusal(&verifier, &forged(&token, Some(&own.to_string()), None), now()).await,
        TokenError::Invalid
    );
    for head in [
        r#"{"alg":"EdDSA","crit":["exp"],"typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","b64":false,"typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
        r#"["EdDSA"]"#,
    ] {
        assert!(Reading::read(&forged(&token, Some(head), None)).is_err(), "{head}");
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_whatever_its_size() {
    let verifier = issuer().verifier();
    let large = format!("{}.{}.{}", "a".repeat(3000), "b".repeat(3000), "c".repeat(3000));
    for text in ["", ".", "..", "a.b.c", "a.b.c.d", "\u{1F511}", &large, &"x".repeat(1 << 20)] {
        assert_eq!(refusal(&verifier, text, now()).await, TokenError::Invalid);
    }
}

#[tokio::test]
async fn registered_claims_are_checked_each() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let sign = |more: Value| {
        let mut all = claims(json!({"sub": "w", "roles": ["frontline"]}));
        all.extend(claims(more));
        issuer.sign(all, now(), HOUR).unwrap()
    };
    verifier.verify(&sign(json!({})), now(), true).await.unwrap();
    let soon = now().as_second() + 60;
    assert_eq!(refusal(&verifier, &sign(json!({"nbf": soon})), now()).await, TokenError::TooEarly);
    verifier.verify(&sign(json!({"nbf": soon - 40})), now(), true).await.unwrap();
    for bad in [
        json!({"token_use": "id"}),
        json!({"typ": "Refresh"}),
        json!({"azp": "a", "client_id": "b"}),
        json!({"nbf": "soon"}),
    ] {
        assert_eq!(refusal(&verifier, &sign(bad.clone()), now()).await, TokenError::Invalid, "{bad}");
    }
    let days = issuer.sign(claims(json!({"sub": "w", "roles": ["frontline"]})), now(), HOUR * 25).unwrap();
    assert_eq!(refusal(&verifier, &days, now()).await, TokenError::Invalid, "it lives too long");
    let dead = issuer.sign(claims(json!({"sub": "w", "roles": ["frontline"]})), now(), -HOUR).unwrap();
    assert_eq!(refusal(&verifier, &dead, now()).await, TokenError::Invalid, "it ends before it begins");
}

#[tokio::test]
async fn roles_come_from_the_table_and_the_header_chooses() {
    let issuer = issuer();
    let (one, two) = (CentreId::derived(&["one"]), CentreId::derived(&["two"]));
    let mut trust = issuer.trust();
    let entry = |role, centres: &[CentreId]| Entry { role, centres: centres.to_vec(), operator: None };
    trust.mapping.roles = "/realm_access/roles".into();
    trust.mapping.codes = [("TWO".to_owned(), two)].into();
    trust.mapping.groups = [
        ("psy-team".to_owned(), vec![entry(Role::Psychosocial, &[])]),
        ("heads".to_owned(), vec![entry(Role::Director, &[one]), entry(Role::Frontline, &[one])]),
    ]
    .into();
    let verifier = Verifier::new(vec![trust]).unwrap();
    let sign = |roles: Value, centres: Value| {
        let all =
            json!({"sub": "w", "realm_access": {"roles": roles}, "centres": centres, "operator": "fedasil"});
        issuer.sign(claims(all), now(), HOUR).unwrap()
    };
    let token = sign(json!(["offline_access", "heads", "psy-team"]), json!(["TWO"]));
    let identity = verifier.verify(&token, now(), true).await.unwrap();
    let acts = |asked| identity.actor(asked).map(|actor| (actor.role, actor.centres));
    assert_eq!(acts(None).unwrap(), (Role::Psychosocial, vec![two]));
    assert_eq!(acts(Some("director")).unwrap(), (Role::Director, vec![one]));
    assert_eq!(acts(Some("frontline@fedasil")).unwrap(), (Role::Frontline, vec![one]));
    for not_held in ["network_hq", "director@caritas", "", "Director"] {
        let refused = acts(Some(not_held)).unwrap_err();
        let Unmapped::RoleNotHeld { held } = &refused else { panic!("{refused}") };
        assert_eq!(held, "psychosocial@fedasil, frontline@fedasil, director@fedasil");
    }
    // A group that is named like a role is no role: only the table counts.
    for unknown in [json!(["psychosocial"]), json!([]), json!(7), Value::Null] {
        let refused = refusal(&verifier, &sign(unknown, json!([])), now()).await;
        assert_eq!(refused, TokenError::Unmapped(Unmapped::NoRole));
    }
    let refused = refusal(&verifier, &sign(json!(["psy-team"]), json!(["THREE"])), now()).await;
    assert_eq!(refused, TokenError::Unmapped(Unmapped::UnknownCentre("THREE".into())));
}

#[tokio::test]
async fn an_operators_issuer_speaks_for_that_operator_only() {
    let issuer = issuer();
    let mut trust = issuer.trust();
    trust.operator = Some(Code::new("caritas").unwrap());
    trust.prefix = Some(Code::new("caritas").unwrap());
    let verifier = Verifier::new(vec![trust]).unwrap();
    let sign = |more: Value| {
        let mut all = claims(json!({"sub": "w"}));
        all.extend(claims(more));
        issuer.sign(all, now(), HOUR).unwrap()
    };
    let mine = verifier.verify(&sign(json!({"roles": ["operator_hq"]})), now(), true).await.unwrap();
    let actor = mine.actor(None).unwrap();
    assert_eq!((actor.operator.unwrap().as_str(), actor.subject.as_str()), ("caritas", "caritas:w"));
    assert_eq!(mine.bound.as_ref().unwrap().as_str(), "caritas");
    let other = sign(json!({"roles": ["operator_hq"], "operator": "fedasil"}));
    assert_eq!(refusal(&verifier, &other, now()).await, TokenError::Unmapped(Unmapped::OtherOperator));
    for wide in ["network_hq", "analyst", "auditor", "service"] {
        let refused = refusal(&verifier, &sign(json!({"roles": [wide]})), now()).await;
        assert_eq!(refused, TokenError::Unmapped(Unmapped::NoRole), "{wide}");
    }
}

#[tokio::test]
async fn two_issuers_never_mean_the_same_person() {
    let (one, two) = (
        Issuer::from_pem(&Issuer::new_key().unwrap(), "one", "nabij-api").unwrap(),
        Issuer::from_pem(&Issuer::new_key().unwrap(), "two", "nabij-api").unwrap(),
    );
    let trust =
        |issuer: &Issuer, prefix: &str| Trust { prefix: Some(Code::new(prefix).unwrap()), ..issuer.trust() };
    let verifier = Verifier::new(vec![trust(&one, "a"), trust(&two, "b")]).unwrap();
    let mut seen = Vec::new();
    for (issuer, sub) in [
        (&one, "w"),
        (&two, "w"),
        (&one, "b:w"),
        (&one, "auth0|w"),
        (&two, "auth0|w"),
        (&one, "sub-0f"),
        (&one, "Jan Peeters"),
    ] {
        let token = issuer.sign(claims(json!({"sub": sub, "roles": ["frontline"]})), now(), HOUR).unwrap();
        seen.push(verifier.verify(&token, now(), true).await.unwrap().subject.to_string());
    }
    assert_eq!(seen[..3], ["a:w", "b:w", "a:b:w"]);
    assert!(seen[3..].iter().all(|subject| subject.contains(":sub-") && subject.len() == 38), "{seen:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    // A token of one, in the name of the other.
    let lies = Issuer::from_pem(&Issuer::new_key().unwrap(), "two", "nabij-api").unwrap();
    assert_eq!(
        refusal(&verifier, &lies.issue(&actor(), now(), HOUR).unwrap(), now()).await,
        TokenError::Invalid
    );
}

#[tokio::test]
async fn a_machine_is_known_by_client_and_subject_both() {
    let issuer = issuer();
    let centre = CentreId::derived(&["one"]);
    let mut trust = issuer.trust();
    trust.operator = Some(Code::new("fedasil").unwrap());
    let scope = Scope { actions: Some(vec!["incident.register".into()]), centres: vec![centre] };
    trust.mapping.machines = vec![Machine {
        client: "import".into(),
        subject: "import".into(),
        operator: None,
        scope: scope.clone(),
    }];
    let verifier = Verifier::new(vec![trust]).unwrap();
    let sign = |said: Value| issuer.sign(claims(said), now(), HOUR).unwrap();
    let machine = sign(json!({"sub": "import", "client_id": "import"}));
    let identity = verifier.verify(&machine, now(), true).await.unwrap();
    let actor = identity.actor(None).unwrap();
    assert_eq!((actor.role, actor.centres), (Role::Service, vec![centre]));
    let scope = identity.scope.as_ref().unwrap();
    assert!(scope.allows("incident.register") && !scope.allows("signal.log"));
    assert!(
        scope.reaches(Some(centre))
            && !scope.reaches(Some(CentreId::derived(&["two"])))
            && !scope.reaches(None)
    );
    // A person who signed in through that client, and a client that is not registered.
    for other in [
        json!({"sub": "w", "client_id": "import", "roles": []}),
        json!({"sub": "import", "client_id": "other"}),
        json!({"sub": "import"}),
    ] {
        let refused = refusal(&verifier, &sign(other), now()).await;
        assert_eq!(refused, TokenError::Unmapped(Unmapped::NoRole));
    }
}

#[tokio::test]
async fn a_key_can_be_replaced_while_the_old_one_is_still_in_use() {
    let (old, new) = (issuer(), issuer());
    let key = |issuer: &Issuer| PublicKey::from_pem(issuer.public_pem()).unwrap();
    let trust = Trust::new("nabij", "nabij-api", Keys::Fixed(vec![key(&old), key(&new)]));
    let verifier = Verifier::new(vec![trust]).unwrap();
    for issuer in [&old, &new] {
        verifier.verify(&issuer.issue(&actor(), now(), HOUR).unwrap(), now(), true).await.unwrap();
    }
}
