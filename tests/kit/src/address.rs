//! Addresses for processes that are started later.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use uuid::Uuid;

/// Below the range that the kernel hands to outgoing connections, which any client may be given between our look and the process's
/// bind; and above those that `deploy/stack` chooses from.
const FIRST: u16 = 32_001;
const COUNT: u16 = 700;

/// Bound in place of the port itself, which must stay free: the sign to other tests that it is taken.
const SIGN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// An address at which nobody listens, and which no other test gets while this one runs.
///
/// # Panics
/// When none is free.
pub fn free_address() -> SocketAddr {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let [.., high, low] = Uuid::now_v7().into_bytes();
        AtomicU16::new(u16::from_be_bytes([high, low]) % COUNT)
    });
    let mut ports = (0..COUNT).map(|_| FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT);
    ports.find_map(take).expect("one of the ports for tests is free")
}

fn take(port: u16) -> Option<SocketAddr> {
    let sign = TcpListener::bind((SIGN, port)).ok()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    drop(TcpListener::bind(address).ok()?);
    // Held until this process ends.
    std::mem::forget(sign);
    Some(address)
}
