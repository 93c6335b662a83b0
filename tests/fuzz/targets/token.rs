//! Input: how (the first byte, modulo three), then the text of a token; or a head, a line feed and claims, under a signature
//! that fits nothing; or claims that the trusted issuer signs as they are.
#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use nabij_identity::{Issuer, Reading, TokenError, Verifier};
use tokio::runtime::{Builder, Runtime};

struct Setting {
    issuer: Issuer,
    verifier: Verifier,
    now: Timestamp,
    runtime: Runtime,
}

static SETTING: LazyLock<Setting> = LazyLock::new(|| {
    let key = Issuer::new_key().expect("random bytes");
    let issuer = Issuer::from_pem(&key, "nabij", "nabij-api").expect("a key");
    Setting {
        verifier: issuer.verifier(),
        issuer,
        now: Timestamp::constant(1_772_366_400, 0),
        runtime: Builder::new_current_thread().build().expect("a runtime"),
    }
});

fuzz_target!(|input: &[u8]| {
    let Some((how, input)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Setting { issuer, verifier, now, runtime } = &*SETTING;
    let verify = |token: &str| runtime.block_on(verifier.verify(token, *now, true));
    match how % 3 {
        0 => {
            let read = Reading::read(text).is_ok();
            assert!(verify(text).is_err(), "nobody signed it");
            assert!(read || matches!(verify(text), Err(TokenError::Invalid)));
        }
        1 => {
            let Some((head, claims)) = text.split_once('\n') else { return };
            let [head, claims] = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
            assert!(verify(&format!("{head}.{claims}.{}", "A".repeat(86))).is_err(), "nobody signed it");
        }
        _ => {
            let Ok(claims) = serde_json::from_str(text) else { return };
            let Ok(token) = issuer.sign(claims, *now, SignedDuration::from_hours(1)) else { return };
            let Ok(identity) = verify(&token) else { return };
            // Taken once is taken again, and stands for the same.
            let again = verifier.remembered(&token, *now).expect("within its time").expect("just verified");
            assert_eq!(format!("{identity:?}"), format!("{again:?}"));
            for asked in [None, Some("frontline"), Some("network_hq@fedasil"), Some("@")] {
                let _ = identity.actor(asked);
            }
        }
    }
});
