//! Each service has the rights that it needs and no others, tried for real: every subject and every table as every user, and
//! the whole of Nabij at work with nothing more.

#[path = "least_rights/nats.rs"]
mod nats;
#[path = "least_rights/postgres.rs"]
mod postgres;
#[path = "least_rights/recovery.rs"]
mod recovery;
#[path = "least_rights/whole.rs"]
mod whole;
