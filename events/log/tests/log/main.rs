//! The log on real servers: a single one, and a cluster of three where `NABIJ_TEST_CLUSTER_URL` names one.

mod append;
mod place;
