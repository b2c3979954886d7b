//! How far a long run has come, on standard error while somebody looks at it.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::words;

/// What takes less than this shows nothing.
const SOON: Duration = Duration::from_secs(1);
/// So often what is shown is renewed.
const RENEWED: Duration = Duration::from_millis(200);

/// What is counted while captures are read.
#[derive(Clone, Debug, Default)]
struct Counts {
    octets: Arc<AtomicU64>,
    packets: Arc<AtomicU64>,
}

/// A line that is renewed until this is dropped, which takes it away.
#[derive(Debug)]
pub struct Progress {
    counts: Counts,
    /// Who draws, and what tells it to end by being dropped.
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Shows from now on how far reading has come, of `total` octets if that is known; `None`
    /// where standard error is no terminal.
    pub fn on_terminal(total: Option<u64>) -> Option<Progress> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let counts = Counts::default();
        let (sender, end) = channel();
        let shown = counts.clone();
        let drawn = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || draw(&shown, total, &end));
        // Without it the work is the same.
        Some(Progress {
            counts,
            drawing: Some((sender, drawn.ok()?)),
        })
    }

    /// Makes a source count its octets.
    pub fn counter(
        &self,
    ) -> impl FnOnce(Box<dyn Read + Send>) -> Box<dyn Read + Send> + Send + 'static {
        let octets = Arc::clone(&self.counts.octets);
        move |source| Box::new(Counted { source, octets })
    }

    /// Where packets are to be counted.
    pub fn packets(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.counts.packets)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, drawn)) = self.drawing.take() {
            drop(sender);
            // What it drew is of no more use, whatever became of it.
            let _ = drawn.join();
        }
    }
}

struct Counted {
    source: Box<dyn Read + Send>,
    octets: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(room)?;
        self.octets.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Renews the line until the other end of `end` is gone.
fn draw(counts: &Counts, total: Option<u64>, end: &Receiver<()>) {
    let begun = Instant::now();
    let waited = |time| end.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !waited(SOON) {
        return;
    }
    let bar = bar(total).with_elapsed(begun.elapsed());
    // The speed is that of what comes from here on.
    let bar = bar.with_position(counts.octets.load(Ordering::Relaxed));
    loop {
        renew(&bar, counts, begun.elapsed());
        if !waited(RENEWED) {
            bar.finish_and_clear();
            return;
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    // What grows while it is read, or has no length, has no time left that could be told.
    let template = match total {
        Some(_) => "{bar:16} {binary_bytes} of {binary_total_bytes}{msg}, {eta} left",
        None => "{spinner} {binary_bytes}{msg}, {elapsed}",
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    bar.set_style(style.progress_chars("=> "));
    bar
}

fn renew(bar: &ProgressBar, counts: &Counts, elapsed: Duration) {
    bar.set_message(speed(counts.packets.load(Ordering::Relaxed), elapsed));
    bar.set_position(counts.octets.load(Ordering::Relaxed));
    bar.tick();
}

/// Packets a second, where they are counted.
fn speed(packets: u64, elapsed: Duration) -> String {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match packets.saturating_mul(1000).checked_div(milliseconds) {
        None | Some(0) => String::new(),
        Some(speed) => format!(", {} packets/s", words::number(speed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_counted() {
        let progress = Progress {
            counts: Counts::default(),
            drawing: None,
        };
        let mut source = progress.counter()(Box::new(io::Cursor::new([7; 1000])));
        assert_eq!(io::copy(&mut source, &mut io::sink()).unwrap(), 1000);
        assert_eq!(progress.counts.octets.load(Ordering::Relaxed), 1000);
        progress.packets().fetch_add(3, Ordering::Relaxed);
        assert_eq!(progress.counts.packets.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn the_line_tells_octets_and_packets() {
        for total in [Some(4000), None] {
            let bar = bar(total);
            let counts = Counts::default();
            counts.octets.store(1000, Ordering::Relaxed);
            counts.packets.store(2_000_000, Ordering::Relaxed);
            renew(&bar, &counts, Duration::from_secs(2));
            assert_eq!((bar.position(), bar.length()), (1000, total));
            assert_eq!(bar.message(), ", 1,000,000 packets/s");
            bar.finish_and_clear();
        }
        assert_eq!(speed(0, SOON), "");
        assert_eq!(speed(7, Duration::ZERO), "");
    }

    /// Nobody waits for the line to end.
    #[test]
    fn what_is_short_shows_nothing_and_ends_at_once() {
        let (sender, end) = channel();
        let begun = Instant::now();
        let counts = Counts::default();
        let drawn = thread::spawn(move || draw(&counts, None, &end));
        drop(sender);
        drawn.join().unwrap();
        assert!(begun.elapsed() < SOON);
    }
}
