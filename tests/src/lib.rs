//! A reception network under test: the real `nabij` binary, its services as processes of their own, streams and a
//! database of their own on real servers.

mod answer;
mod binary;
mod network;
mod secure;
mod service;

pub use answer::Answer;
pub use binary::{Run, binary};
pub use network::{Network, Token};
pub use secure::Secure;
pub use service::Service;
