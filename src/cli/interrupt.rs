//! What an interrupt (Ctrl-C) means while a pipe is read.
//!
//! In `tcpdump -w - | tcpcheck -` it reaches both programs, and is meant for the
//! first: that ends the capture, whose report is then wanted.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// From now on the first interrupt waits for the capture to end. The second one
/// sets `stop`, if there is something that looks at it, and the next one ends
/// the program as it always would.
///
/// # Errors
/// What the operating system reports.
#[cfg(unix)]
pub fn wait_for_the_writer(stop: Option<Arc<AtomicBool>>) -> io::Result<()> {
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::Duration;

    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    /// Where the writer ends as well, nothing need be said.
    const GRACE: Duration = Duration::from_millis(500);

    let next = match stop {
        Some(_) => "here",
        None => "without a report",
    };
    let mut signals = Signals::new([SIGINT])?;
    let wait = move || {
        let mut interrupts = signals.forever();
        if interrupts.next().is_some() {
            thread::sleep(GRACE);
            super::complain(&format!(
                "waiting for the capture to end; interrupt once more to stop {next}"
            ));
        }
        if let Some(stop) = stop
            && interrupts.next().is_some()
        {
            stop.store(true, Ordering::Relaxed);
        }
        for signal in interrupts {
            // It can only fail for signals that do not exist.
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new()
        .name("interrupts".to_owned())
        .spawn(wait)
        .map(|_| ())
}

/// Elsewhere an interrupt ends the program.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn wait_for_the_writer(_: Option<Arc<AtomicBool>>) -> io::Result<()> {
    Ok(())
}
