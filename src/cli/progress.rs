//! How far a long run has come, on standard error while somebody looks at it.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

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
    let bar = bar(total);
    loop {
        renew(&bar, counts, total, begun.elapsed());
        if !waited(RENEWED) {
            bar.finish_and_clear();
            return;
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    // What has no end that is known has no bar.
    let template = total.map_or("{msg}", |_| "{bar:16} {msg}");
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    bar.set_style(style.progress_chars("=> "));
    bar
}

fn renew(bar: &ProgressBar, counts: &Counts, total: Option<u64>, elapsed: Duration) {
    let octets = counts.octets.load(Ordering::Relaxed);
    let packets = counts.packets.load(Ordering::Relaxed);
    bar.update(|state| state.set_pos(octets));
    bar.set_message(line(octets, packets, total, elapsed));
}

/// How much was read, how fast, and how long it takes from here on at the same speed.
fn line(octets: u64, packets: u64, total: Option<u64>, elapsed: Duration) -> String {
    let mut parts = vec![match total {
        Some(total) => format!("{} of {}", BinaryBytes(octets), BinaryBytes(total)),
        // Captures that are merged are opened where octets are not counted.
        None if octets == 0 => words::count(packets, "packet"),
        None => BinaryBytes(octets).to_string(),
    }];
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let speed = packets.saturating_mul(1000).checked_div(milliseconds);
    parts.extend(
        speed
            .filter(|speed| *speed > 0)
            .map(|speed| format!("{} packets/s", words::number(speed))),
    );
    let rest = total.and_then(|total| total.checked_sub(octets));
    let left = rest.and_then(|rest| {
        let all = u128::from(rest) * u128::from(milliseconds);
        u64::try_from(all.checked_div(u128::from(octets))?).ok()
    });
    parts.extend(left.map(|left| format!("{} left", span(left.div_ceil(1000)))));
    parts.join(", ")
}

fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
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
    fn the_line_tells_how_far_it_is_and_how_long_it_takes() {
        const MIB: u64 = 1 << 20;
        let line = |octets, packets, total, seconds| {
            line(octets, packets, total, Duration::from_secs(seconds))
        };
        let expected = "1.00 MiB of 4.00 MiB, 1,000,000 packets/s, 6 s left";
        assert_eq!(line(MIB, 2_000_000, Some(4 * MIB), 2), expected);
        assert_eq!(line(MIB, 7, None, 2), "1.00 MiB, 3 packets/s");
        assert_eq!(line(0, 7, None, 2), "7 packets, 3 packets/s");
        // Nothing was read yet; a file that has grown.
        assert_eq!(line(0, 0, Some(MIB), 2), "0 B of 1.00 MiB");
        assert_eq!(line(2 * MIB, 0, Some(MIB), 0), "2.00 MiB of 1.00 MiB");
        assert_eq!(line(MIB, 0, Some(MIB), 1), "1.00 MiB of 1.00 MiB, 0 s left");
        assert_eq!(span(125), "2 min 5 s");
        assert_eq!(span(7_260), "2 h 1 min");
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
