//! One running service, which a test may kill.

use std::future::ready;
use std::process::{Child, Command};

use nabij_testkit::eventually;

/// A process of `nabij serve`; it ends with this value.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    child: Child,
}

impl Service {
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("serve {name} does not start: {error}"));
        Self { name, child }
    }

    /// Ends it by SIGKILL, in the middle of whatever it does.
    ///
    /// # Panics
    /// When it had ended already.
    pub fn kill(mut self) {
        let ended = self.child.try_wait().expect("its state can be asked");
        assert!(ended.is_none(), "serve {} had ended by itself: {ended:?}", self.name);
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Waits until it ends by itself and gives its exit code.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ended(&mut self) -> i32 {
        let status = eventually(|| ready(self.child.try_wait().expect("its state can be asked"))).await;
        status.unwrap_or_else(|| panic!("serve {} still runs", self.name)).code().unwrap_or(-1)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended before: nothing is lost then.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
