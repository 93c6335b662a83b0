//! Real servers for the tests of every crate: no stand-in for NATS or PostgreSQL anywhere.
//!
//! | a test needs | it calls |
//! |---|---|
//! | servers that all tests share | [`stack`] |
//! | a database of its own on them | [`fresh_database`] |
//! | streams of its own on them | [`fresh_names`] |
//! | servers that it may kill or damage | [`private_stack`] |
//! | the same with TLS and least rights, as in real use | [`private_stack_secure`] |
//! | a cluster of three NATS servers | [`cluster`], skipped with a printed line when there is none |
//! | the real input data | [`shared_data`], likewise |
//! | to wait for what others do | [`eventually`], at most [`PATIENCE`] |
//! | what a Parquet file says | [`parquet_rows`] |
//! | an address for a process that it starts later | [`free_address`] |
//! | a connection that carries the URL's user and password | [`connect`] |
//!
//! The functions panic with a sentence when a server is away: a test cannot go on without it.
//!
//! ```no_run
//! # async fn test() {
//! let names = nabij_testkit::fresh_names();
//! let client = nabij_testkit::connect(&nabij_testkit::stack().nats_url).await;
//! let context = async_nats::jetstream::new(client);
//! // ... create the stream `names.stream` over the subjects `{names.prefix}.>` and use it ...
//! names.cleanup().await;
//! # }
//! ```

mod address;
mod command;
mod connect;
mod data;
mod database;
mod names;
mod parquet;
mod patience;
mod private;
mod stack;

pub use address::free_address;
pub use connect::connect;
pub use data::shared_data;
pub use database::{Database, fresh_database};
pub use names::{Names, fresh_names};
pub use parquet::parquet_rows;
pub use patience::{PATIENCE, eventually};
pub use private::{PrivateStack, private_stack, private_stack_secure};
pub use stack::{Stack, cluster, stack};
