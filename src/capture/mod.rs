//! Bytes to frames: pcap and pcapng, compressed or not, from files and pipes.
//!
//! [`CaptureReader`] is the way in. It hands out frames that borrow its buffer,
//! keeps what the capture says beside them in [`CaptureInfo`], and ends with a
//! [`CaptureError`] where the file is cut or damaged; all that stands before was
//! then delivered.

pub mod annotate;
pub mod block;
mod buffer;
mod compressed;
mod endian;
pub mod error;
mod file;
mod foreign;
pub mod frame;
pub mod info;
pub mod live;
pub mod merge;
mod pcap;
mod pcapng;
mod record;
#[cfg(test)]
mod testing;
mod time;

use std::io::{self, Read};
use std::path::Path;

pub use error::{CaptureError, Part, Place};
pub use file::CaptureFile;
pub use frame::{Frame, LinkType};
pub use info::{CaptureInfo, Comment, Compression, Format, Problem};

use buffer::Buffer;
use compressed::Source;
use pcap::Pcap;
use pcapng::Pcapng;
use record::Record;

/// Reads the frames of one capture in order.
pub struct CaptureReader<R: Read> {
    buffer: Buffer<R>,
    format: FormatReader,
    info: CaptureInfo,
    /// The record that was read last, its octets in the buffer until the next is asked for.
    current: Option<Record>,
    ended: bool,
}

enum FormatReader {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl CaptureReader<Box<dyn Read + Send>> {
    /// Opens a capture file.
    ///
    /// # Errors
    /// If it cannot be opened or read, or is no capture.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let file = CaptureFile::open(path).map_err(|source| CaptureError::Open { source })?;
        Self::from_reader(Box::new(file))
    }

    /// As [`CaptureReader::new`], for sources that are not all of one type (a
    /// file or the standard input).
    ///
    /// # Errors
    /// If the source cannot be read, or is no capture.
    pub fn from_reader(source: Box<dyn Read + Send>) -> Result<Self, CaptureError> {
        Self::new(source)
    }
}

impl<R: Read> CaptureReader<R> {
    /// Reads the beginning of a capture: a file, a pipe or octets in memory. The
    /// source need not be buffered, may give any number of octets at a time, and
    /// is asked for no more than the next frame needs.
    ///
    /// # Errors
    /// If the source cannot be read, or is no capture.
    pub fn new(source: R) -> Result<Self, CaptureError> {
        let source = Source::new(source).map_err(|source| {
            let at = Place {
                packet: None,
                byte: 0,
                unpacked: None,
            };
            CaptureError::Io { at, source }
        })?;
        let mut buffer = Buffer::new(source);
        let unpacked = buffer.compression();
        if patiently(|| buffer.fill(4, None))? == 0 {
            return Err(CaptureError::Empty { unpacked });
        }
        let (format, info) = if pcap::recognise(buffer.data()) {
            let mut info = CaptureInfo::new(Format::Pcap, unpacked);
            let pcap = patiently(|| Pcap::open(&mut buffer, &mut info))?;
            (FormatReader::Pcap(pcap), info)
        } else if pcapng::recognise(buffer.data()) {
            let mut info = CaptureInfo::new(Format::Pcapng, unpacked);
            let pcapng = patiently(|| Pcapng::open(&mut buffer, &mut info))?;
            (FormatReader::Pcapng(pcapng), info)
        } else {
            return Err(patiently(|| refuse(&mut buffer))?);
        };
        Ok(CaptureReader {
            buffer,
            format,
            info,
            current: None,
            ended: false,
        })
    }

    /// The next frame, valid until the next call; `None` at the end, and for
    /// ever after the end or an error. Frames that the link garbled are passed
    /// over and counted, as the receiving host does: see
    /// [`CaptureInfo::damaged_frames`].
    ///
    /// # Errors
    /// If the capture is cut or damaged so that no more can be found, or cannot
    /// be read. A single bad block of pcapng is no error: it is passed over and
    /// noted in [`CaptureInfo::problems`]. Of a [`live::Live`] source also if
    /// nothing came for a while ([`CaptureError::is_quiet`]): then it may be
    /// called again.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        self.advance()?;
        Ok(self.frame())
    }

    /// Goes on to the next frame, so that [`CaptureReader::frame`] gives that; false at the end.
    ///
    /// # Errors
    /// As [`CaptureReader::next_frame`].
    #[inline]
    pub fn advance(&mut self) -> Result<bool, CaptureError> {
        if let Some(last) = self.current.take() {
            self.buffer.consume(last.len);
        }
        if let FormatReader::Pcap(pcap) = &self.format
            && !self.ended
            && let Some(record) = pcap.record_at_hand(self.buffer.data())
        {
            self.info.frames = self.info.frames.saturating_add(1);
            let is_cut = record.data.len() < record.original_len as usize;
            self.info.cut_frames = self.info.cut_frames.saturating_add(u64::from(is_cut));
            self.current = Some(record);
            return Ok(true);
        }
        self.advance_by_reading()
    }

    /// What is left of [`CaptureReader::advance`] where the next record is not at hand, or
    /// not of the usual kind. Apart, so that the usual one is written where it stays, once.
    #[inline(never)]
    fn advance_by_reading(&mut self) -> Result<bool, CaptureError> {
        let Some(record) = self.next_record()? else {
            return Ok(false);
        };
        if record.data.len() < record.original_len as usize {
            self.info.cut_frames = self.info.cut_frames.saturating_add(1);
        }
        self.current = Some(record);
        Ok(true)
    }

    /// The frame that reading has come to; `None` before the first and behind the last.
    #[inline]
    #[must_use]
    pub fn frame(&self) -> Option<Frame<'_>> {
        let record = self.current.as_ref()?;
        Some(Frame {
            number: self.info.frames,
            time: record.time,
            interface: record.link.interface,
            link_type: record.link.link_type,
            fcs_len: record.link.fcs_len,
            data: (self.buffer.data().get(record.data.clone())).unwrap_or_default(),
            original_len: record.original_len,
            direction: record.link.direction,
        })
    }

    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        while !self.ended {
            let (buffer, info) = (&mut self.buffer, &mut self.info);
            let next = match &mut self.format {
                FormatReader::Pcap(pcap) => pcap.next_record(buffer, info),
                FormatReader::Pcapng(pcapng) => pcapng.next_record(buffer, info),
            };
            match next {
                Ok(Some(record)) if record.damaged => {
                    buffer.consume(record.len);
                    info.damaged_frames = info.damaged_frames.saturating_add(1);
                }
                Ok(Some(record)) => return Ok(Some(record)),
                Err(error) if error.is_quiet() || matches!(error, CaptureError::BlockFull) => {
                    return Err(error);
                }
                end => {
                    self.ended = true;
                    if let FormatReader::Pcapng(pcapng) = &self.format {
                        let whole = end.is_ok() && info.problem_count == 0;
                        info.drops = pcapng.drops().filter(|&drops| drops > 0 || whole);
                    }
                    return end;
                }
            }
        }
        Ok(None)
    }

    /// What is known of the capture so far; final at its end.
    #[must_use]
    pub fn info(&self) -> &CaptureInfo {
        &self.info
    }

    /// There is nothing more to be read.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Octets of the (unpacked) capture up to the end of the last frame.
    #[must_use]
    pub fn position(&self) -> u64 {
        let pending = self.current.as_ref().map_or(0, |record| record.len);
        self.buffer.offset().saturating_add(pending as u64)
    }
}

/// Tries again for as long as nothing comes.
fn patiently<T>(mut read: impl FnMut() -> Result<T, CaptureError>) -> Result<T, CaptureError> {
    loop {
        match read() {
            Err(error) if error.is_quiet() => {}
            done => return done,
        }
    }
}

/// Whether a source begins as a capture does, plain or compressed: one that can
/// be read, or one of a format that cannot, for which [`CaptureReader::new`] names the
/// command that converts it. Data that cannot be unpacked is no capture; that is no
/// error here.
///
/// # Errors
/// What the operating system reports.
pub fn recognise(source: impl Read) -> io::Result<bool> {
    let mut buffer = Buffer::new(Source::new(source)?);
    match buffer.fill(foreign::LOOK_LEN, None) {
        Ok(0) => Ok(false),
        Ok(_) => {
            let head = buffer.data();
            let head = head.get(..foreign::LOOK_LEN).unwrap_or(head);
            Ok(pcap::recognise(head) || pcapng::recognise(head) || foreign::is_capture(head))
        }
        Err(CaptureError::Io { source, .. }) => Err(source),
        Err(_) => Ok(false),
    }
}

/// The error for a source that is no capture; as the other one where not even
/// its first octets can be read.
fn refuse<R: Read>(buffer: &mut Buffer<R>) -> Result<CaptureError, CaptureError> {
    if let (Some(outer), Some(inner)) = (buffer.compression(), compressed::recognise(buffer.data()))
    {
        return Ok(CaptureError::NotACapture {
            what: format!("{inner} data inside of {outer} data").into(),
            hint: "unpack it once first".into(),
        });
    }
    // Only now, as a pipe may be slow to give so much.
    buffer.fill(foreign::LOOK_LEN, None)?;
    let head = buffer.data();
    Ok(foreign::refuse(
        head.get(..foreign::LOOK_LEN).unwrap_or(head),
    ))
}

#[cfg(test)]
mod tests;
