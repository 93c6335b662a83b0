//! One running service, which a test may kill.

use std::process::{Child, Command};

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
    /// When it does not within ten seconds.
    pub async fn ended(&mut self) -> i32 {
        for _ in 0..100 {
            if let Some(status) = self.child.try_wait().expect("its state can be asked") {
                return status.code().unwrap_or(-1);
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("serve {} still runs", self.name);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended before: nothing is lost then.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
