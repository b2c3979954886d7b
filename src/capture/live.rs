//! A capture that is still being written, read so that its pauses are noticed.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::compressed;

/// Octets handed over at a time.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait at most; beyond them the writer has to wait.
const WAITING: usize = 16;
/// Octets by which compressed captures are told.
const HEAD: usize = 4;

/// Nothing came for a while, but the source has not ended.
#[derive(Debug)]
pub(super) struct Quiet;

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing came for a while")
    }
}

impl std::error::Error for Quiet {}

/// Whether an error is no error, but says that nothing came for a while.
pub(super) fn is_quiet(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Quiet>())
}

/// A pipe. Where nothing comes for some time, reading returns an error that
/// [`CaptureError::is_quiet`](super::CaptureError::is_quiet) knows, and may be
/// tried again; of a compressed capture it just waits, as decoders cannot be
/// asked twice.
pub struct Live {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    /// Octets of `chunk` that were handed out.
    taken: usize,
    /// The first octets of the source.
    head: Vec<u8>,
    patience: Duration,
    stop: Arc<AtomicBool>,
}

impl Live {
    /// Reads `source` from now on, in a thread. When `stop` is set, the source
    /// is as if it had ended, at the next pause at the latest.
    ///
    /// # Errors
    /// What the operating system reports of the thread.
    pub fn new(
        source: impl Read + Send + 'static,
        patience: Duration,
        stop: Arc<AtomicBool>,
    ) -> io::Result<Live> {
        let (sender, chunks) = sync_channel(WAITING);
        thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || pass_on(source, &sender))?;
        Ok(Live {
            chunks,
            chunk: Vec::new(),
            taken: 0,
            head: Vec::new(),
            patience,
            stop,
        })
    }

    fn is_compressed(&self) -> bool {
        compressed::recognise(&self.head).is_some()
    }

    fn next_chunk(&mut self) -> io::Result<bool> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            match self.chunks.recv_timeout(self.patience) {
                Ok(chunk) => {
                    (self.chunk, self.taken) = (chunk?, 0);
                    let missing = HEAD.saturating_sub(self.head.len());
                    self.head.extend(self.chunk.iter().take(missing));
                    return Ok(true);
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
                Err(RecvTimeoutError::Timeout) if self.is_compressed() => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(io::Error::new(io::ErrorKind::WouldBlock, Quiet));
                }
            }
        }
    }
}

impl Read for Live {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.chunk.len() && !room.is_empty() && !self.next_chunk()? {
            return Ok(0);
        }
        let mut rest = self.chunk.get(self.taken..).unwrap_or_default();
        let count = rest.read(room)?;
        self.taken += count;
        Ok(count)
    }
}

/// Until the source ends or fails, or nobody reads any more.
fn pass_on(mut source: impl Read, chunks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let result = match source.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => {
                chunk.truncate(count);
                Ok(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = result.is_err();
        if chunks.send(result).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::capture::testing::{BIG, LITTLE, gzip};
    use crate::capture::{CaptureError, CaptureReader};

    fn three_frames_of_pcap() -> Vec<u8> {
        let mut file = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
        for second in 1..=3 {
            file.extend(LITTLE.record([second, 0, 20, 20], &[7; 20]));
        }
        file
    }

    fn three_frames_of_pcapng() -> Vec<u8> {
        let frames = (1..=3).map(|time| BIG.packet(0, time, &[7; 20], &[]));
        let head = [BIG.section(), BIG.interface(1, 0, &[])];
        head.into_iter().chain(frames).collect::<Vec<_>>().concat()
    }

    /// Gives what it is sent.
    struct Pipe(Receiver<Vec<u8>>, Vec<u8>);

    impl Read for Pipe {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            if self.1.is_empty() {
                self.1 = self.0.recv().unwrap_or_default();
            }
            let count = self.1.len().min(room.len());
            room[..count].copy_from_slice(&self.1[..count]);
            self.1.drain(..count);
            Ok(count)
        }
    }

    fn live() -> (Sender<Vec<u8>>, Live, Arc<AtomicBool>) {
        let (writer, pipe) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let pipe = Pipe(pipe, Vec::new());
        let live = Live::new(pipe, Duration::from_millis(1), stop.clone()).unwrap();
        (writer, live, stop)
    }

    /// The next frame, and whether there was a pause before it.
    fn next(reader: &mut CaptureReader<Live>) -> (Option<u64>, bool) {
        let mut paused = false;
        loop {
            match reader.next_frame() {
                Err(error) if error.is_quiet() => paused = true,
                other => return (other.unwrap().map(|frame| frame.number), paused),
            }
        }
    }

    #[test]
    fn pauses_are_told_wherever_they_are() {
        for capture in [three_frames_of_pcap(), three_frames_of_pcapng()] {
            let (writer, live, _) = live();
            // An octet now, the next one when reading has paused twice.
            let reading = thread::spawn(move || {
                let mut reader = CaptureReader::new(live).unwrap();
                let numbers: Vec<_> = std::iter::from_fn(|| next(&mut reader).0).collect();
                numbers
            });
            for octet in capture {
                writer.send(vec![octet]).unwrap();
                if octet % 16 == 0 {
                    thread::sleep(Duration::from_millis(3));
                }
            }
            drop(writer);
            assert_eq!(reading.join().unwrap(), [1, 2, 3]);
        }
    }

    #[test]
    fn a_pause_is_no_end() {
        let (writer, live, _) = live();
        let capture = three_frames_of_pcap();
        let (first, rest) = capture.split_at(capture.len() - 1);
        writer.send(first.to_vec()).unwrap();
        let mut reader = CaptureReader::new(live).unwrap();
        assert_eq!(next(&mut reader).0, Some(1));
        assert_eq!(next(&mut reader).0, Some(2));
        assert!(matches!(reader.next_frame(), Err(error) if error.is_quiet()));
        writer.send(rest.to_vec()).unwrap();
        drop(writer);
        assert_eq!(next(&mut reader).0, Some(3));
        assert_eq!(next(&mut reader), (None, false));
    }

    #[test]
    fn when_told_to_stop_it_ends() {
        let (writer, live, stop) = live();
        let capture = three_frames_of_pcap();
        writer.send(capture[..capture.len() - 1].to_vec()).unwrap();
        let mut reader = CaptureReader::new(live).unwrap();
        assert_eq!(next(&mut reader).0, Some(1));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(next(&mut reader).0, Some(2));
        let end = loop {
            match reader.next_frame() {
                Err(error) if error.is_quiet() => {}
                other => break other.map(|frame| frame.is_some()),
            }
        };
        assert!(
            matches!(end, Err(CaptureError::Truncated { .. })),
            "{end:?}"
        );
    }

    #[test]
    fn compressed_captures_are_waited_for() {
        let packed = gzip(&three_frames_of_pcap());
        let (writer, live, _) = live();
        let writing = thread::spawn(move || {
            for half in packed.chunks(packed.len() / 2) {
                writer.send(half.to_vec()).unwrap();
                thread::sleep(Duration::from_millis(5));
            }
        });
        let mut reader = CaptureReader::new(live).unwrap();
        let frames: Vec<_> =
            std::iter::from_fn(|| reader.next_frame().unwrap().map(|f| f.number)).collect();
        assert_eq!(frames, [1, 2, 3]);
        writing.join().unwrap();
    }

    #[test]
    fn what_the_source_reports_is_passed_on() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut live = Live::new(Broken, Duration::from_secs(60), stop).unwrap();
        assert_eq!(live.read(&mut [0]).unwrap_err().to_string(), "broken");
        assert_eq!(live.read(&mut [0]).unwrap(), 0);
    }
}
