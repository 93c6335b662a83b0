//! What a token must not get away with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use nabij_model::text::{Code, StaffId};
use nabij_model::{Actor, CentreId, Role};

use super::{Issuer, PublicKey, TokenError, Verifier};

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

#[test]
fn a_token_stands_for_its_actor_until_it_runs_out() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    for _ in 0..2 {
        assert_eq!(verifier.verify(&token, now()).unwrap().actor(), actor());
    }
    let later = now() + HOUR + SignedDuration::from_secs(31);
    assert_eq!(verifier.verify(&token, later).unwrap_err(), TokenError::Expired);
    let earlier = now() - SignedDuration::from_secs(31);
    assert_eq!(verifier.verify(&token, earlier).unwrap_err(), TokenError::Expired);
}

#[test]
fn another_key_issuer_or_audience_is_refused() {
    let issuer = issuer();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    assert_eq!(self::issuer().verifier().verify(&token, now()).unwrap_err(), TokenError::Invalid);
    let public = || vec![PublicKey::from_pem(&issuer.public_pem().unwrap()).unwrap()];
    Verifier::new(public(), "nabij", "nabij-api").verify(&token, now()).unwrap();
    for (by, to) in [("other", "nabij-api"), ("nabij", "other")] {
        assert_eq!(Verifier::new(public(), by, to).verify(&token, now()).unwrap_err(), TokenError::Invalid);
    }
}

#[test]
fn a_changed_claim_or_an_unsigned_token_is_refused() {
    let issuer = issuer();
    let verifier = issuer.verifier();
    let token = issuer.issue(&actor(), now(), HOUR).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let raised = URL_SAFE_NO_PAD.encode(claims.replace("frontline", "network_hq"));
    let forged = format!("{}.{raised}.{}", parts[0], parts[2]);
    assert_eq!(verifier.verify(&forged, now()).unwrap_err(), TokenError::Invalid);
    for algorithm in ["none", "HS256"] {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        let unsigned = format!("{header}.{raised}.");
        assert_eq!(verifier.verify(&unsigned, now()).unwrap_err(), TokenError::Invalid);
    }
}

#[test]
fn a_key_can_be_replaced_while_the_old_one_is_still_in_use() {
    let (old, new) = (issuer(), issuer());
    let key = |issuer: &Issuer| PublicKey::from_pem(&issuer.public_pem().unwrap()).unwrap();
    let verifier = Verifier::new(vec![key(&old), key(&new)], "nabij", "nabij-api");
    for issuer in [&old, &new] {
        verifier.verify(&issuer.issue(&actor(), now(), HOUR).unwrap(), now()).unwrap();
    }
}
