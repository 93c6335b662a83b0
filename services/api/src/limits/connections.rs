//! How many connections one address holds open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::route::Proxies;

/// Counts open connections; taken only when one opens or closes.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    most: usize,
    proxies: Proxies,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One open connection; it is counted until this value goes.
#[derive(Debug)]
pub(crate) struct Place {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    address: Option<IpAddr>,
}

impl Connections {
    pub(crate) fn new(most: usize, proxies: Proxies) -> Self {
        Self { most, proxies, open: Arc::default() }
    }

    /// A place for one more connection from `address`, if there is one; a listed proxy calls for many and is not counted.
    pub(crate) fn place(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        if self.proxies.trusts(address) {
            return Some(Place { open: Arc::clone(&self.open), address: None });
        }
        let address = super::network(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { open: Arc::clone(&self.open), address: Some(address) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_a_proxy_has_all() {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let connections = Connections::new(2, proxies);
        let [one, other, proxy] = ["192.0.2.1", "192.0.2.2", "10.0.0.1"].map(|text| text.parse().unwrap());
        let first = connections.place(one).unwrap();
        let _second = connections.place(one).unwrap();
        assert!(connections.place(one).is_none());
        assert!(connections.place(other).is_some());
        drop(first);
        let _third = connections.place(one).unwrap();
        let many: Vec<Place> = (0..100).filter_map(|_| connections.place(proxy)).collect();
        assert_eq!(many.len(), 100);
        drop(many);
        assert_eq!(connections.open.lock().unwrap().len(), 1, "who left is forgotten");
    }
}
