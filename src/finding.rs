//! What is said about a capture: findings and the words they are made of.

mod filter;
mod serial;

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

pub use self::filter::DisplayFilter;
use crate::segment::{Flags, NS_PER_S, Socket, Timestamp};
use crate::seq::SeqNo;

/// How bad a finding is; never depends on how certain it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// An event: a retransmission, a keepalive.
    Info,
    /// Legal, but worth knowing.
    Notice,
    /// A SHOULD is violated, an attack's signature, or something is stuck.
    Warning,
    /// A MUST is violated.
    Error,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Severity; 4] = [
        Severity::Info,
        Severity::Notice,
        Severity::Warning,
        Severity::Error,
    ];

    /// Lower-case name, as in the JSON report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Something that the capture cannot show might explain it otherwise.
    Likely,
    /// No loss, delay, reordering or position of the monitor explains it, given
    /// that both directions pass the same monitor.
    Definite,
}

impl Certainty {
    /// Lower-case name, as in the JSON report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Certainty::Likely => "likely",
            Certainty::Definite => "definite",
        }
    }
}

/// Whom a rule's finding speaks against.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Blames {
    /// The endpoint named in the finding.
    Endpoint,
    /// Somebody else on the network, who used the endpoint's address.
    ThirdParty,
    /// Nobody: an event, or a matter of the capture.
    Nobody,
}

impl Blames {
    /// Lower-case name, as in the JSON report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Blames::Endpoint => "endpoint",
            Blames::ThirdParty => "third-party",
            Blames::Nobody => "nobody",
        }
    }
}

/// An endpoint's part in a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The side that opened.
    Client,
    /// The other side.
    Server,
}

impl Role {
    /// Both, the client first.
    pub const BOTH: [Role; 2] = [Role::Client, Role::Server];

    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Role {
        match self {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        }
    }

    /// Lower-case name, as in the JSON report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Server => "server",
        }
    }
}

/// The name of a capture as the user gave it; cheap to clone.
pub type CaptureName = Arc<str>;

/// A capture by its number in the run. What may be many, or come from several threads, names
/// captures so, until it is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct CaptureNumber(pub u32);

/// A moment with the resolution of its capture, so that it prints as captured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Decimal digits of a second that the capture resolves, 0 to 9.
    pub digits: u8,
}

impl Moment {
    /// RFC 3339 in UTC, with `digits` decimals, in `text`.
    fn write(self, text: &mut [u8; 30]) -> &str {
        let (seconds, ns) = (
            self.at.0.div_euclid(NS_PER_S),
            self.at.0.rem_euclid(NS_PER_S),
        );
        // Never fails: the library knows all years of four digits.
        let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        // A report has millions of them: the library counts the days, and the digits are
        // put in place here, at a third of the cost.
        let time = jiff::tz::Offset::UTC.to_datetime(time);
        *text = *b"0000-00-00T00:00:00.000000000Z";
        let year = time.year().unsigned_abs();
        put_two(text, 0, year / 100);
        put_two(text, 2, year % 100);
        let numbers = [
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
        ];
        for (place, number) in (5..).step_by(3).zip(numbers) {
            put_two(text, place, number.unsigned_abs().into());
        }
        if self.digits > 0 {
            put_digits(text, 28, ns as u32);
        }
        let len = match self.digits.min(9) {
            0 => SECONDS_LEN,
            digits => SECONDS_LEN + 1 + usize::from(digits),
        };
        if let Some(end) = text.get_mut(len) {
            *end = b'Z';
        }
        let text = text.get(..=len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, with `digits` decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut [0; 30]))
    }
}

/// Octets of a date and time in RFC 3339 as far as seconds: `2026-11-20T12:53:01`.
const SECONDS_LEN: usize = 19;

/// Puts a number below 100 over two zeros.
fn put_two(text: &mut [u8], place: usize, number: u16) {
    if let Some([tens, ones]) = text.get_mut(place..place + 2) {
        *tens = b'0' + (number / 10) as u8;
        *ones = b'0' + (number % 10) as u8;
    }
}

/// Puts the decimal digits of `number` over the zeros that end at `last`.
fn put_digits(text: &mut [u8], last: usize, mut number: u32) {
    let places = text.get_mut(..=last).unwrap_or_default();
    for place in places.iter_mut().rev() {
        if number == 0 {
            return;
        }
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write(&mut [0; 30]))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// A length of time in nanoseconds; a decimal number of seconds in reports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(pub i64);

impl fmt::Display for Span {
    /// Seconds with as many decimals as are not zero, at least one: `1.00000025`, `60.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0.unsigned_abs();
        let per_s = NS_PER_S.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let mut fraction = *b"000000000";
        put_digits(&mut fraction, 8, (ns % per_s) as u32);
        let fraction = std::str::from_utf8(&fraction).unwrap_or_default();
        let kept = fraction.trim_end_matches('0');
        let kept = if kept.is_empty() { "0" } else { kept };
        write!(f, "{sign}{}.{kept}", ns / per_s)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^-?[0-9]+\\.[0-9]+$"})
    }
}

/// One number, or the range in which it had to lie (both ends included).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Value<T> {
    /// Just this.
    Exact(T),
    /// Anything from `min` to `max`; on the ring of sequence numbers `max` may
    /// be the smaller figure.
    Range {
        /// First value.
        min: T,
        /// Last value.
        max: T,
    },
}

/// The numbers of a finding: what was expected, or what was observed.
/// Sequence numbers are absolute, with the number relative to the ISN beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Numbers {
    /// SEG.SEQ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<Value<u32>>,
    /// SEG.SEQ less the sender's ISN; negative below the ISN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq_relative: Option<Value<i64>>,
    /// SEG.ACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<Value<u32>>,
    /// SEG.ACK less the peer's ISN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_relative: Option<Value<i64>>,
    /// Octets of data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub len: Option<Value<u32>>,
    /// Window in octets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Value<u32>>,
    /// Control bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<String>,
    /// Options, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_s: Option<Value<Span>>,
    /// How many of something (segments, connections).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Value<u64>>,
}

impl Numbers {
    /// Whether nothing is filled in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Numbers::default()
    }

    /// With SEG.SEQ.
    #[must_use]
    pub fn seq(mut self, seq: SeqNo) -> Numbers {
        self.seq = Some(Value::Exact(seq.0));
        self
    }

    /// With a range for SEG.SEQ, both ends included.
    #[must_use]
    pub fn seq_range(mut self, min: SeqNo, max: SeqNo) -> Numbers {
        self.seq = Some(range(min, max));
        self
    }

    /// With SEG.ACK.
    #[must_use]
    pub fn ack(mut self, ack: SeqNo) -> Numbers {
        self.ack = Some(Value::Exact(ack.0));
        self
    }

    /// With a range for SEG.ACK, both ends included.
    #[must_use]
    pub fn ack_range(mut self, min: SeqNo, max: SeqNo) -> Numbers {
        self.ack = Some(range(min, max));
        self
    }

    /// With octets of data.
    #[must_use]
    pub fn len(mut self, octets: u32) -> Numbers {
        self.len = Some(Value::Exact(octets));
        self
    }

    /// With a window in octets.
    #[must_use]
    pub fn window(mut self, octets: u32) -> Numbers {
        self.window = Some(Value::Exact(octets));
        self
    }

    /// With control bits.
    #[must_use]
    pub fn flags(mut self, flags: Flags) -> Numbers {
        self.flags = Some(flags.to_string());
        self
    }

    /// With control bits in words, where several would do.
    #[must_use]
    pub fn flags_text(mut self, flags: &str) -> Numbers {
        self.flags = Some(flags.to_owned());
        self
    }

    /// With options in words.
    #[must_use]
    pub fn options(mut self, options: impl Into<String>) -> Numbers {
        self.options = Some(options.into());
        self
    }

    /// With a time in nanoseconds.
    #[must_use]
    pub fn time(mut self, ns: i64) -> Numbers {
        self.time_s = Some(Value::Exact(Span(ns)));
        self
    }

    /// With a range of time in nanoseconds.
    #[must_use]
    pub fn time_range(mut self, min_ns: i64, max_ns: i64) -> Numbers {
        self.time_s = Some(Value::Range {
            min: Span(min_ns),
            max: Span(max_ns),
        });
        self
    }

    /// With a count.
    #[must_use]
    pub fn count(mut self, count: u64) -> Numbers {
        self.count = Some(Value::Exact(count));
        self
    }

    /// Fills in the relative numbers: `seq_isn` is the sender's ISN, `ack_isn` its peer's.
    /// Without the ACK flag the acknowledgment field stands for no place in a stream.
    pub fn relate(&mut self, seq_isn: Option<SeqNo>, ack_isn: Option<SeqNo>) {
        let acks = self.flags.as_ref().is_none_or(|f| f.contains("ACK"));
        let ack = self.ack.filter(|_| acks);
        self.seq_relative = self.seq.zip(seq_isn).map(|(v, isn)| relative(v, isn));
        self.ack_relative = ack.zip(ack_isn).map(|(v, isn)| relative(v, isn));
    }
}

fn range(min: SeqNo, max: SeqNo) -> Value<u32> {
    if min == max {
        Value::Exact(min.0)
    } else {
        Value::Range {
            min: min.0,
            max: max.0,
        }
    }
}

fn relative(value: Value<u32>, isn: SeqNo) -> Value<i64> {
    let from_isn = |number: u32| {
        // Streams may be longer than 2^31 octets, but a number just below the
        // ISN reads better as a small negative one.
        let ahead = SeqNo(number).offset_from(isn);
        if ahead > u32::MAX - (1 << 16) {
            i64::from(SeqNo(number).distance_from(isn))
        } else {
            i64::from(ahead)
        }
    };
    match value {
        Value::Exact(v) => Value::Exact(from_isn(v)),
        Value::Range { min, max } => Value::Range {
            min: from_isn(min),
            max: from_isn(max),
        },
    }
}

/// A packet of a capture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct PacketRef {
    /// Which file.
    pub capture: CaptureName,
    /// Frame number in it, from 1, as Wireshark counts.
    pub packet: u64,
}

/// What a finding goes by from run to run; 16 hexadecimal digits in reports. See
/// [`report::fingerprint`](crate::report::fingerprint).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Fingerprint {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fingerprint".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{16}$"})
    }
}

/// One statement about a connection, a host or a capture.
// Serialized in `finding/serial.rs`, with a display filter for its packets.
#[derive(Clone, PartialEq, Eq, Debug, JsonSchema)]
#[schemars(transform = serial::with_display_filter)]
pub struct Finding {
    /// Code of the rule, such as `HS001`.
    pub rule: &'static str,
    /// Name of the rule, such as `synack-ack-off`.
    pub name: &'static str,
    /// Which case of the rule, where it has several.
    pub case: Option<&'static str>,
    /// How bad, after profile and `--severity`.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// `id` of the connection; `None` across connections and for captures.
    pub connection: Option<u64>,
    /// The file in which `packet` is.
    pub capture: CaptureName,
    /// The endpoint that it is about.
    pub endpoint: Option<Role>,
    /// Whom it speaks against.
    pub blames: Blames,
    /// The address that a finding across connections is about; its port is 0
    /// where that is a host as a whole.
    pub subject: Option<Socket>,
    /// The server's port of its connection, or the port of `subject`; `None` where there is none.
    pub server_port: Option<u16>,
    /// The packet; `None` for omissions and patterns.
    pub packet: Option<u64>,
    /// Other packets that show it.
    pub related_packets: Vec<PacketRef>,
    /// Time of the packet, or of the moment when it became true.
    pub time: Option<Moment>,
    /// What happened, in a sentence.
    pub message: String,
    /// What the RFC asks for.
    pub expected: Numbers,
    /// What was seen.
    pub observed: Numbers,
    /// Clauses, such as `RFC 9293 3.4.1`.
    pub rfc: &'static [&'static str],
    /// Findings folded under this one: its consequences and repetitions.
    pub followers: u64,
    /// The same in the next capture of the same test; findings of one kind in one capture are
    /// told apart by being counted.
    pub fingerprint: Fingerprint,
    /// Stands in the baseline: it does not fail the run.
    pub known: bool,
    /// Fails the run, by the settings of its capture.
    pub fails: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_with_the_capture_resolution() {
        let at = Timestamp(1_795_179_181_379_157_000);
        assert_eq!(
            Moment { at, digits: 6 }.to_string(),
            "2026-11-20T12:53:01.379157Z"
        );
        assert_eq!(
            Moment { at, digits: 9 }.to_string(),
            "2026-11-20T12:53:01.379157000Z"
        );
        assert_eq!(Moment { at, digits: 0 }.to_string(), "2026-11-20T12:53:01Z");
        let before_1970 = Moment {
            at: Timestamp(-1),
            digits: 9,
        };
        assert_eq!(before_1970.to_string(), "1969-12-31T23:59:59.999999999Z");
        for digits in 0..=9 {
            for at in [
                i64::MIN,
                -1_000_000_000,
                -7,
                0,
                1,
                951_782_399_999_999_999,
                i64::MAX,
            ] {
                let time = jiff::Timestamp::from_nanosecond(i128::from(at)).unwrap();
                let precision = usize::from(digits);
                let moment = Moment {
                    at: Timestamp(at),
                    digits,
                };
                assert_eq!(moment.to_string(), format!("{time:.precision$}"));
            }
        }
    }

    #[test]
    fn a_span_is_decimal_seconds() {
        assert_eq!(Span(1_000_000_250).to_string(), "1.00000025");
        assert_eq!(Span(-1_500_000_000).to_string(), "-1.5");
        assert_eq!(Span(60 * NS_PER_S).to_string(), "60.0");
        assert_eq!(Span(i64::MIN).to_string(), "-9223372036.854775808");
    }

    #[test]
    fn relative_numbers_wrap_and_go_below_the_isn() {
        let isn = SeqNo(u32::MAX);
        let mut numbers = Numbers::default()
            .seq(isn + 2)
            .ack_range(SeqNo(10), SeqNo(12));
        numbers.relate(Some(isn), Some(SeqNo(11)));
        assert_eq!(numbers.seq_relative, Some(Value::Exact(2)));
        assert_eq!(numbers.ack_relative, Some(Value::Range { min: -1, max: 1 }));
    }

    #[test]
    fn an_acknowledgment_field_without_the_flag_is_relative_to_nothing() {
        let relative = |flags| {
            let mut numbers = Numbers::default().ack(SeqNo(12)).flags(flags);
            numbers.relate(None, Some(SeqNo(11)));
            numbers.ack_relative
        };
        assert_eq!(relative(Flags::RST | Flags::ACK), Some(Value::Exact(1)));
        assert_eq!(relative(Flags::RST), None);
    }
}
