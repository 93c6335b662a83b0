//! What tests of this crate need that ask real servers.

use nabij_log::{Log, LogConfig, MasterKey};
use nabij_testkit::{Names, stack};

/// A log on streams of these names, which are to be cleaned up.
pub(crate) async fn fresh_log(names: &Names) -> Log {
    let config = LogConfig::at(&stack().nats_url, &names.stream, &names.vault, &names.prefix);
    Log::connect(config, MasterKey::generate().unwrap()).await.unwrap()
}
