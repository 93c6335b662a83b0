//! The streams as the log needs them: created when absent, by whoever may, otherwise compared, never changed behind
//! anybody's back.

use std::time::Duration;

use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use async_nats::jetstream::{Context, ErrorCode};
use serde::Serialize;

use crate::config::LogConfig;
use crate::error::{LogError, LogErrorKind};

/// The server remembers message ids this long; an id costs it about 220 bytes.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// A wrapped pair of keys is about 500 bytes.
const VAULT_SHARE: i64 = 8;

/// Creates or checks all streams.
pub(crate) async fn streams(context: &Context, config: &LogConfig) -> Result<(), LogError> {
    let all = [events(config), vault(config), snapshots(config), audit(config), anchors(config)];
    exist(context, config.create_streams, all).await
}

/// Creates or checks the stream of audit records alone.
pub(crate) async fn audit_stream(context: &Context, config: &LogConfig) -> Result<(), LogError> {
    exist(context, config.create_streams, [audit(config)]).await
}

/// Gives every stream that is there the room (`max_bytes`) that the settings name; whatever else differs is refused, and so is less room
/// than is used. Gives the names of those that changed, with the room before and now.
pub(crate) async fn resize(context: &Context, config: &LogConfig) -> Result<Vec<Resized>, LogError> {
    let mut resized = Vec::new();
    for wanted in [events(config), vault(config), snapshots(config), audit(config), anchors(config)] {
        let name = wanted.name.clone();
        let mut info = existing_or_created(context, wanted.clone(), false).await?;
        let before = std::mem::replace(&mut info.config.max_bytes, wanted.max_bytes);
        if let Some(difference) = difference(&wanted, &info.config) {
            let told = format!("the stream {name} is not set up as this program needs it: {difference}");
            return Err(LogError::new(LogErrorKind::Settings, told));
        }
        if before == wanted.max_bytes {
            continue;
        }
        let used = i64::try_from(info.state.bytes).unwrap_or(i64::MAX);
        if wanted.max_bytes < used {
            let told = format!("the stream {name} uses {used} bytes: it cannot have less room than that");
            return Err(LogError::new(LogErrorKind::Settings, told));
        }
        context.update_stream(info.config).await.map_err(|error| {
            let told = format!("the stream {name} cannot be given {} bytes", wanted.max_bytes);
            LogError::because(LogErrorKind::Settings, told, error)
        })?;
        resized.push(Resized { stream: name, before, now: wanted.max_bytes });
    }
    Ok(resized)
}

/// A stream that was given another room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resized {
    /// Which.
    pub stream: String,
    /// Bytes from which on it took nothing more.
    pub before: i64,
    /// Bytes from which on it takes nothing more.
    pub now: i64,
}

async fn exist(
    context: &Context,
    create: bool,
    streams: impl IntoIterator<Item = Config>,
) -> Result<(), LogError> {
    for wanted in streams {
        let name = wanted.name.clone();
        let info = existing_or_created(context, wanted.clone(), create).await?;
        if let Some(difference) = difference(&wanted, &info.config) {
            return Err(LogError::new(
                LogErrorKind::Settings,
                format!("the stream {name} is not set up as this program needs it: {difference}"),
            ));
        }
    }
    Ok(())
}

/// The events: append-only, refused when full, never deleted from.
pub(crate) fn events(config: &LogConfig) -> Config {
    Config {
        name: config.stream.clone(),
        description: Some("Everything that happened; append-only".into()),
        subjects: vec![format!("{}.>", config.prefix)],
        max_bytes: config.max_bytes,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        duplicate_window: DUPLICATE_WINDOW,
        ..base(config)
    }
}

/// Who looked: append-only like the events, and refused when full, so that nobody reads unseen.
pub(crate) fn audit(config: &LogConfig) -> Config {
    Config {
        name: config.audit(),
        description: Some("Every read, allowed or refused; append-only".into()),
        subjects: vec![format!("{}.>", config.audit_prefix())],
        max_bytes: config.audit_max_bytes,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        duplicate_window: DUPLICATE_WINDOW,
        ..base(config)
    }
}

/// The wrapped keys. A plain stream without `deny_delete`: only a secure message delete removes a key from the disk.
pub(crate) fn vault(config: &LogConfig) -> Config {
    Config {
        name: config.vault.clone(),
        description: Some("Wrapped keys; erasing a person deletes theirs securely".into()),
        subjects: vec![format!("{}.>", config.vault_prefix())],
        max_bytes: config.max_bytes / VAULT_SHARE,
        discard: DiscardPolicy::New,
        deny_purge: true,
        ..base(config)
    }
}

/// What was signed of all these; append-only.
pub(crate) fn anchors(config: &LogConfig) -> Config {
    Config {
        name: config.anchors(),
        description: Some("Signed anchors, the copy of those outside; append-only".into()),
        subjects: vec![config.anchors_subject()],
        max_bytes: config.max_bytes / VAULT_SHARE,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        ..base(config)
    }
}

/// The last snapshot of each aggregate and state version. Nothing is lost with it.
fn snapshots(config: &LogConfig) -> Config {
    Config {
        name: config.snapshots(),
        description: Some("Snapshots of aggregates, sealed; may be deleted at any time".into()),
        subjects: vec![format!("{}.>", config.snapshot_prefix())],
        max_bytes: config.max_bytes / VAULT_SHARE,
        max_messages_per_subject: 1,
        discard: DiscardPolicy::Old,
        ..base(config)
    }
}

fn base(config: &LogConfig) -> Config {
    Config {
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: config.replicas,
        max_messages: -1,
        max_messages_per_subject: -1,
        allow_direct: true,
        allow_atomic_publish: true,
        ..Config::default()
    }
}

async fn existing_or_created(context: &Context, wanted: Config, create: bool) -> Result<Info, LogError> {
    let name = wanted.name.clone();
    match context.get_stream(&name).await {
        Ok(stream) => return Ok(stream.cached_info().clone()),
        Err(error) if !is_absent(&error) => {
            return Err(LogError::unavailable(&format!("reading the stream {name}"), error));
        }
        Err(_) if !create => {
            return Err(LogError::new(
                LogErrorKind::Settings,
                format!(
                    "the stream {name} is absent: make the streams once with `nabij setup`, as the administrator"
                ),
            ));
        }
        Err(_) => {}
    }
    match context.create_stream(wanted).await {
        Ok(created) => Ok(created.cached_info().clone()),
        // Another process was faster: it is compared like any other.
        Err(error) if is_taken(&error) => match context.get_stream(&name).await {
            Ok(stream) => Ok(stream.cached_info().clone()),
            Err(error) => Err(LogError::unavailable(&format!("reading the stream {name}"), error)),
        },
        Err(error) => {
            let kind = match error.kind() {
                CreateStreamErrorKind::JetStream(answer) if answer.code() < 500 => LogErrorKind::Settings,
                _ => LogErrorKind::Unavailable,
            };
            Err(LogError::because(kind, format!("the stream {name} cannot be created"), error))
        }
    }
}

pub(crate) fn is_absent(error: &async_nats::jetstream::context::GetStreamError) -> bool {
    use async_nats::jetstream::context::GetStreamErrorKind::JetStream;
    matches!(error.kind(), JetStream(answer) if answer.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

fn is_taken(error: &async_nats::jetstream::context::CreateStreamError) -> bool {
    matches!(error.kind(), CreateStreamErrorKind::JetStream(answer) if answer.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

/// Names the first setting in which `is` differs from `wanted`.
fn difference(wanted: &Config, is: &Config) -> Option<String> {
    let compared = [
        ("subjects", format!("{:?}", wanted.subjects), format!("{:?}", is.subjects)),
        ("storage", format!("{:?}", wanted.storage), format!("{:?}", is.storage)),
        ("retention", format!("{:?}", wanted.retention), format!("{:?}", is.retention)),
        ("num_replicas", wanted.num_replicas.to_string(), is.num_replicas.to_string()),
        ("max_bytes", wanted.max_bytes.to_string(), is.max_bytes.to_string()),
        ("max_msgs", wanted.max_messages.to_string(), is.max_messages.to_string()),
        ("max_age", format!("{:?}", wanted.max_age), format!("{:?}", is.max_age)),
        (
            "max_msgs_per_subject",
            wanted.max_messages_per_subject.to_string(),
            is.max_messages_per_subject.to_string(),
        ),
        ("discard", format!("{:?}", wanted.discard), format!("{:?}", is.discard)),
        ("deny_delete", wanted.deny_delete.to_string(), is.deny_delete.to_string()),
        ("deny_purge", wanted.deny_purge.to_string(), is.deny_purge.to_string()),
        ("allow_rollup_hdrs", wanted.allow_rollup.to_string(), is.allow_rollup.to_string()),
        ("allow_direct", wanted.allow_direct.to_string(), is.allow_direct.to_string()),
        ("allow_atomic", wanted.allow_atomic_publish.to_string(), is.allow_atomic_publish.to_string()),
    ];
    let window = (wanted.duplicate_window > Duration::ZERO && wanted.duplicate_window != is.duplicate_window)
        .then(|| {
            (
                "duplicate_window",
                format!("{:?}", wanted.duplicate_window),
                format!("{:?}", is.duplicate_window),
            )
        });
    compared
        .into_iter()
        .chain(window)
        .find(|(_, wanted, is)| wanted != is)
        .map(|(setting, wanted, is)| format!("{setting} is {is}, not {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_with_both_values() {
        let wanted = events(&LogConfig::default());
        assert_eq!(difference(&wanted, &wanted), None);
        let other = Config { deny_delete: false, ..wanted.clone() };
        assert_eq!(difference(&wanted, &other).as_deref(), Some("deny_delete is false, not true"));
        let shorter = Config { duplicate_window: Duration::from_secs(1), ..wanted.clone() };
        assert_eq!(difference(&wanted, &shorter).as_deref(), Some("duplicate_window is 1s, not 120s"));
    }
}
