//! Judges segments that lie in no file: a conversation that is simulated here, with a server that
//! counts the FIN of its client twice.
//!
//! ```text
//! cargo run --example feed            the server's mistake
//! cargo run --example feed correct    the same without it
//! ```

use std::error::Error;
use std::io;

use tcpcheck::report::text::{self, Look};
use tcpcheck::segment::{Flags, NS_PER_MS, OptionSet, Options, Segment, SeqNo, Socket, Timestamp};
use tcpcheck::{Checker, Settings, Severity};

/// An endpoint, as far as this conversation needs one.
struct Endpoint {
    socket: Socket,
    /// SND.NXT
    next: SeqNo,
    /// RCV.NXT
    expected: SeqNo,
}

/// Both endpoints and the time, in which every segment takes 5 ms.
struct Conversation {
    client: Endpoint,
    server: Endpoint,
    now: Timestamp,
    captured: Vec<Segment<'static>>,
}

#[derive(Clone, Copy)]
enum From {
    Client,
    Server,
}

impl Conversation {
    fn new() -> Result<Conversation, Box<dyn Error>> {
        let endpoint = |socket: &str, next| {
            Ok::<_, Box<dyn Error>>(Endpoint {
                socket: socket.parse()?,
                next: SeqNo(next),
                expected: SeqNo(0),
            })
        };
        Ok(Conversation {
            client: endpoint("192.0.2.1:40000", 1_000)?,
            server: endpoint("192.0.2.2:80", 900_000)?,
            now: Timestamp(1_700_000_000_000_000_000),
            captured: Vec::new(),
        })
    }

    /// Sends a segment, which arrives.
    fn send(&mut self, from: From, flags: Flags, data: &'static [u8]) {
        let (sender, receiver) = match from {
            From::Client => (&mut self.client, &mut self.server),
            From::Server => (&mut self.server, &mut self.client),
        };
        let segment = Segment {
            time: self.now,
            flags,
            seq: sender.next,
            ack: sender.expected,
            options: options(flags),
            ..Segment::between(sender.socket, receiver.socket)
        }
        .with_data(data);
        sender.next = segment.end();
        receiver.expected = segment.end();
        self.captured.push(segment);
        self.now = self.now.plus(5 * NS_PER_MS);
    }
}

/// A SYN names the largest segment that its sender takes.
fn options(flags: Flags) -> Options {
    match flags.contains(Flags::SYN) {
        true => Options {
            present: OptionSet::MSS,
            mss: 1_460,
            ..Options::default()
        },
        false => Options::default(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let correct = std::env::args().nth(1).as_deref() == Some("correct");
    let (ack, fin) = (Flags::ACK, Flags::FIN | Flags::ACK);
    let mut talk = Conversation::new()?;
    talk.send(From::Client, Flags::SYN, b"");
    talk.send(From::Server, Flags::SYN | ack, b"");
    talk.send(From::Client, ack, b"");
    talk.send(From::Client, ack | Flags::PSH, b"hello\n");
    talk.send(From::Server, ack, b"");
    talk.send(From::Client, fin, b"");
    if !correct {
        // A FIN occupies one number (RFC 9293, 3.4).
        talk.server.expected = talk.server.expected + 1;
    }
    talk.send(From::Server, ack, b"");
    talk.send(From::Server, fin, b"");
    talk.send(From::Client, ack, b"");

    let mut checker = Checker::new(Settings {
        // All that was sent is known.
        lossless: true,
        ..Settings::default()
    });
    checker.feed("simulated", talk.captured);
    let report = checker.finish();
    let look = Look::plain(80, Severity::Notice);
    text::write(&report, &look, &mut anstream::stdout().lock())?;
    match report.summary.failing_findings {
        0 if correct => Ok(()),
        1.. if !correct => Ok(()),
        n => Err(io::Error::other(format!("{n} findings were not expected")).into()),
    }
}
