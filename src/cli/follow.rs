//! Findings printed while a capture is still being written.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};

use crate::check::Listener;
use crate::finding::Severity;
use crate::report::narrow::Narrowing;
use crate::report::text::live;

/// Prints findings of at least the severity `show` as they come.
#[derive(Clone, Default)]
pub struct Follower {
    /// Why there is no more printing.
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Follower {
    /// What is to be told of findings; it prints those that `narrowing` asks for. `several`:
    /// there are several captures.
    pub fn listener(
        &self,
        narrowing: Narrowing,
        show: Severity,
        several: bool,
        color: ColorChoice,
    ) -> Listener {
        let failure = Arc::clone(&self.failure);
        Listener::new(move |connection, findings| {
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            if failure.is_none() {
                let mut out = AutoStream::new(io::stdout().lock(), color);
                let findings = narrowing.of_one(connection, findings);
                *failure = live::write(connection, &findings, show, several, &mut out).err();
            }
        })
    }

    /// Sets the report apart from what was printed before it, and says what
    /// went wrong until then; a reader who has gone is no error.
    pub fn end(self) -> Option<io::Error> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if failure.is_none() {
            *failure = writeln!(io::stdout().lock()).err();
        }
        failure
            .take()
            .filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }
}
