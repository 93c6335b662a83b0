//! Where something could still lie: tables, the servers' files, backups, and what a key looks like there.

use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use memchr::memmem;
use nabij_testkit::parquet_rows;
use nabij_tests::Network;
use serde_json::Value;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// What a search finds that finds nothing.
pub(crate) const NOTHING: [&str; 0] = [];

pub(crate) async fn database(network: &Network) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(network.database_url(), NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    client
}

/// Every row of every table of a schema, as text; but how far the ledger is settled hangs on where a batch ended.
pub(crate) async fn rows(client: &tokio_postgres::Client, schema: &str) -> Vec<String> {
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1
        AND table_name <> 'fact_settled' ORDER BY 1";
    let mut rows = Vec::new();
    for table in client.query(sql, &[&schema]).await.expect("tables") {
        let table: String = table.get(0);
        let sql = format!("SELECT '{table} ' || t::text FROM \"{schema}\".{table} t ORDER BY 1");
        rows.extend(client.query(&sql, &[]).await.expect("rows").iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}

/// A key of the vault: as it is wrapped, and what it is.
pub(crate) struct Key {
    wrapped: String,
    bytes: Vec<u8>,
}

impl Key {
    /// Every form in which it could lie somewhere.
    pub(crate) fn needles(&self) -> [Vec<u8>; 5] {
        let hex: String = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [
            self.wrapped.clone().into_bytes(),
            STANDARD.decode(&self.wrapped).expect("base64"),
            self.bytes.clone(),
            STANDARD.encode(&self.bytes).into_bytes(),
            hex.into_bytes(),
        ]
    }
}

/// The keys of these records, as the vault's files hold them, unwrapped by the master key.
pub(crate) fn keys(folder: &Path, records: &[Uuid], master_key: &Path) -> Vec<Key> {
    let master = std::fs::read_to_string(master_key).expect("the master key");
    let master = STANDARD.decode(master.trim()).expect("base64");
    let cipher = XChaCha20Poly1305::new_from_slice(&master).expect("32 bytes");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder.join("msgs")).expect("the vault's blocks") {
        let bytes = std::fs::read(file.expect("a block").path()).expect("a block");
        let text = String::from_utf8_lossy(&bytes);
        for (at, _) in text.match_indices("{\"aggregate\":") {
            let message = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next();
            let Some(Ok(message)) = message else { continue };
            let aggregate = message["aggregate"].as_str().unwrap_or_default();
            let Some(record) = records.iter().find(|record| aggregate.ends_with(&record.to_string())) else {
                continue;
            };
            for (field, id) in [("content", aggregate.to_owned()), ("profile", format!("profile.{record}"))] {
                let wrapped = message[field].as_str().expect("a wrapped key").to_owned();
                let sealed = STANDARD.decode(&wrapped).expect("base64");
                let (nonce, msg) = sealed.split_at(24);
                let opened = cipher.decrypt(XNonce::from_slice(nonce), Payload { msg, aad: id.as_bytes() });
                found.push(Key { wrapped, bytes: opened.expect("the master key opens it") });
            }
        }
    }
    found
}

/// A file as it reads, one of a backup unpacked, one of Parquet decoded.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path.extension().is_some_and(|extension| extension == "parquet") {
        return Ok(Value::from(parquet_rows(path)).to_string().into_bytes());
    }
    let bytes = std::fs::read(path)?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(bytes);
    }
    let mut whole = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut whole)?;
    Ok(whole)
}

/// The files below `folder` that hold one of these, of those that `within` takes.
pub(crate) fn holding(folder: &Path, needles: &[Vec<u8>], within: &impl Fn(&Path) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the test may read its own servers' files") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, needles, within));
        } else if within(&path)
            && let Ok(bytes) = read(&path)
        {
            for needle in needles {
                if memmem::find(&bytes, needle).is_some() {
                    found.push(format!("{} in {}", String::from_utf8_lossy(needle), path.display()));
                }
            }
        }
    }
    found
}

pub(crate) fn nowhere(text: &str, place: &str, needles: &[&str]) {
    for needle in needles {
        assert!(!text.contains(needle), "{needle} can be read in {place}");
    }
}

/// The same without `id`: neither where it stands in a list, nor what a list says of it.
pub(crate) fn without(value: &Value, id: &str) -> Value {
    let names = |item: &Value| item == id || item.get("case").is_some_and(|case| case == id);
    match value {
        Value::Array(items) => {
            items.iter().filter(|item| !names(item)).map(|item| without(item, id)).collect()
        }
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), without(field, id))).collect())
        }
        other => other.clone(),
    }
}
