//! The report as data: what every renderer is given, and what `--format json`
//! prints. Field names are the contract (`schema_version` 1).

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive::{Connections, Findings, Records};
use super::drawing::Drawing;
use super::gate::Gate;
use super::narrow::Narrowed;
use super::settled::{BaselineReport, ConfigReport, ExpectationReport};
use crate::finding::{CaptureName, CaptureNumber, Finding, Moment, Role, Span};
use crate::machine::state::{State, StateSet};
use crate::machine::timeline::Cause;
use crate::segment::Socket;
use crate::tunnel::Tunnel;

/// Version of the JSON contract; goes up when a name or a meaning changes.
pub const SCHEMA_VERSION: &str = "1";

/// Everything that is said about the captures of one run.
// Connections and findings may be many: they are read one by one from where
// they were set aside. The comments are the schema's, which knows nothing of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Report")]
pub struct Report<C = Connections, F = Findings> {
    /// Version of this format.
    pub schema_version: &'static str,
    /// Who wrote it.
    pub tool: Tool,
    /// `rfc` or `textbook`; `mixed` where captures were judged by several.
    pub profile: &'static str,
    /// What `definite` rests on.
    pub assumptions: Vec<&'static str>,
    /// The files, in the order given.
    pub captures: Vec<CaptureReport>,
    /// That `connections` and `findings` hold only what the user asked for; absent where they
    /// hold all. Captures and `summary` are about all in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Narrowed>,
    /// The connections, in order of their first packet.
    pub connections: C,
    /// The findings, in order of connection and packet.
    pub findings: F,
    /// How the findings compare with those that there were before; null where no baseline is given.
    pub baseline: Option<BaselineReport>,
    /// What was expected of the captures.
    pub expectations: Vec<ExpectationReport>,
    /// Totals.
    pub summary: Summary,
}

/// A report that is in memory as a whole.
pub type Loaded = Report<Vec<ConnectionReport>, Vec<Finding>>;

impl Report {
    /// Connections, each with what is said of it, and behind them what is
    /// said of no single one, capture by capture.
    #[must_use]
    pub const fn records(&self) -> &Records {
        &self.connections.0
    }

    /// Whether the job was not done whole for the sake of this capture. (One that was cut, and
    /// accepted so, is among these only where something else failed.)
    #[must_use]
    pub const fn was_stopped_by(&self, capture: &CaptureReport) -> bool {
        self.summary.exit_status > 1 && capture.error.is_some()
    }

    /// The captures for whose sake it was not.
    pub fn stopped_by(&self) -> impl Iterator<Item = &CaptureReport> {
        let captures = self.captures.iter();
        captures.filter(|capture| self.was_stopped_by(capture))
    }

    /// What was expected of the captures and is not so.
    pub fn unmet(&self) -> impl Iterator<Item = &ExpectationReport> {
        self.expectations
            .iter()
            .filter(|expectation| !expectation.met)
    }

    /// Takes all connections and findings into memory; for captures that are known to be small.
    ///
    /// # Errors
    /// They lie in a temporary file, which cannot be read back.
    pub fn load(self) -> io::Result<Loaded> {
        Ok(Report {
            connections: self.connections.iter().collect::<io::Result<_>>()?,
            findings: self.findings.iter().collect::<io::Result<_>>()?,
            schema_version: self.schema_version,
            tool: self.tool,
            profile: self.profile,
            assumptions: self.assumptions,
            captures: self.captures,
            baseline: self.baseline,
            expectations: self.expectations,
            narrowed: self.narrowed,
            summary: self.summary,
        })
    }
}

/// The program that wrote a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// `tcpcheck`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// One capture file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaptureReport {
    /// As given on the command line; `-` for standard input.
    pub path: CaptureName,
    /// By which book it was judged: `rfc` or `textbook`.
    pub profile: &'static str,
    /// The configuration file under which it was judged; null for none.
    pub config: Option<ConfigReport>,
    /// `pcap`, `pcapng`, with `+gzip`, `+zstd` or `+xz` where compressed; null when not recognised.
    pub format: Option<String>,
    /// Link types in order of appearance, by name.
    pub link_types: Vec<String>,
    /// Frames read.
    pub packets: u64,
    /// TCP segments among them.
    pub tcp_segments: u64,
    /// Connections that begin in it.
    pub connections: u64,
    /// Time of the earliest frame.
    pub start: Option<Moment>,
    /// Time of the latest frame.
    pub end: Option<Moment>,
    /// From `start` to `end`.
    pub duration_s: Span,
    /// Read to its end, without a damaged block.
    pub complete: bool,
    /// Why it is not complete, or why it could not be judged.
    pub error: Option<String>,
    /// Capture notes (rules of group CA), summed up.
    pub notes: Vec<Note>,
    /// Frames that gave no TCP segment, by reason.
    pub undecoded: BTreeMap<&'static str, u64>,
    /// Comments on the capture, its interfaces and packets (pcapng), in order of appearance.
    pub comments: Vec<CommentReport>,
    /// Limits that were reached.
    pub limits: Vec<LimitReached>,
    /// What in it fails the run, and what was not asked.
    pub gate: Gate,
}

/// What somebody wrote into a capture file, beside its packets.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CommentReport {
    /// Number of the packet that it is about; null for the capture or an interface.
    pub packet: Option<u64>,
    /// The words, with control characters as they stand in the file.
    pub text: String,
}

/// A sum of capture notes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Note {
    /// Code of the rule.
    pub rule: &'static str,
    /// In words.
    pub message: String,
    /// How many frames or connections it concerns.
    pub count: u64,
}

/// A limit of the program that was reached.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LimitReached {
    /// Its name.
    pub limit: &'static str,
    /// Its value.
    pub value: u64,
    /// How many times it was reached.
    pub reached: u64,
    /// What that means for the report, in words.
    pub message: String,
}

/// How it is known who is the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolesFrom {
    /// It sent the SYN.
    Syn,
    /// It was sent the SYN-ACK.
    SynAck,
    /// It has the higher port.
    Port,
    /// It sent first.
    FirstSender,
}

impl RolesFrom {
    /// Its name in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RolesFrom::Syn => "syn",
            RolesFrom::SynAck => "syn-ack",
            RolesFrom::Port => "port",
            RolesFrom::FirstSender => "first-sender",
        }
    }
}

/// How a connection was opened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Opening {
    /// SYN, SYN-ACK, ACK.
    ThreeWay,
    /// Both sent a SYN (RFC 9293, 3.5, figure 7).
    Simultaneous,
    /// With data in an accepted SYN (RFC 7413).
    FastOpen,
    /// The SYN was answered with a SYN of its own after the fact.
    Split,
    /// A RST answered the SYN.
    Refused,
    /// An ICMP error answered the SYN.
    Rejected,
    /// Nothing answered the SYN.
    Unanswered,
    /// SYN and SYN-ACK, but no third segment.
    Incomplete,
    /// The capture began later.
    MidStream,
    /// Cannot be told; see `undetermined`.
    Undetermined,
}

/// How a connection was closed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// FIN, ACK, FIN, ACK.
    FourWay,
    /// FIN, FIN-ACK, ACK.
    ThreeWay,
    /// Both FINs crossed (RFC 9293, 3.6, figure 13).
    Simultaneous,
    /// By RST.
    Reset,
    /// One side has closed, the other not.
    HalfClosed,
    /// FINs were sent, but not all of them were acknowledged.
    Unfinished,
    /// Not closed.
    None,
    /// Cannot be told; see `undetermined`.
    Undetermined,
}

impl Closing {
    /// Its name in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Closing::FourWay => "four-way",
            Closing::ThreeWay => "three-way",
            Closing::Simultaneous => "simultaneous",
            Closing::Reset => "reset",
            Closing::HalfClosed => "half-closed",
            Closing::Unfinished => "unfinished",
            Closing::None => "none",
            Closing::Undetermined => "undetermined",
        }
    }
}

/// One end, both, or (as `None` of an `Option`) neither.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Both at the same time.
    Both,
}

impl Party {
    /// Its name in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Party::Client => "client",
            Party::Server => "server",
            Party::Both => "both",
        }
    }
}

/// Where the capture was taken, seen from a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VantageReport {
    /// At the client.
    Client,
    /// At the server.
    Server,
    /// Both ends are on the capturing host.
    Both,
    /// Between the two.
    Middle,
    /// Cannot be told.
    Unknown,
}

impl VantageReport {
    /// Its name in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            VantageReport::Client => "client",
            VantageReport::Server => "server",
            VantageReport::Both => "both",
            VantageReport::Middle => "middle",
            VantageReport::Unknown => "unknown",
        }
    }
}

/// A field that may be impossible to tell, in order of their names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    /// `closed_by`
    ClosedBy,
    /// `closing`
    Closing,
    /// `final_state.client`
    ClientState,
    /// `final_state.server`
    ServerState,
    /// `opening`
    Opening,
    /// `tunnels`
    Tunnels,
}

impl Field {
    /// All of them, in order.
    pub const ALL: [Field; 6] = [
        Field::ClosedBy,
        Field::Closing,
        Field::ClientState,
        Field::ServerState,
        Field::Opening,
        Field::Tunnels,
    ];

    /// Its name in the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::ClosedBy => "closed_by",
            Field::Closing => "closing",
            Field::ClientState => "final_state.client",
            Field::ServerState => "final_state.server",
            Field::Opening => "opening",
            Field::Tunnels => "tunnels",
        }
    }
}

/// A field is looked up by its name.
impl Borrow<str> for Field {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// A value for each end.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct PerRole<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T> PerRole<T> {
    /// That of `role`.
    pub const fn of(&self, role: Role) -> &T {
        match role {
            Role::Client => &self.client,
            Role::Server => &self.server,
        }
    }

    /// That of `role`, to change.
    pub const fn of_mut(&mut self, role: Role) -> &mut T {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

/// A connection's part of the report before it is read; its `id` is given then.
pub type Entry = ConnectionReport<CaptureNumber>;

/// One connection: one incarnation of a pair of sockets.
// Until it is read, its captures are numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConnectionReport")]
pub struct ConnectionReport<C = CaptureName> {
    /// Unique in the report, in order of first packet.
    pub id: u64,
    /// The file with its first packet.
    pub capture: C,
    /// Who opened.
    pub client: Socket,
    /// Who was asked.
    pub server: Socket,
    /// The tunnels around it, the outermost first. They are part of its identity: equal sockets
    /// in other tunnels are other connections.
    pub tunnels: Vec<Tunnel>,
    /// Number of the first packet.
    pub first_packet: u64,
    /// Number of the last packet.
    pub last_packet: u64,
    /// The file with its last packet: another one than `capture` only where captures are merged.
    pub last_capture: C,
    /// Time of the first packet.
    pub start: Moment,
    /// From first to last packet.
    pub duration_s: Span,
    /// How `client` was told.
    pub roles_from: RolesFrom,
    /// How it was opened.
    pub opening: Opening,
    /// How it was closed.
    pub closing: Closing,
    /// Fields that cannot be told, with the reason.
    pub undetermined: BTreeMap<Field, String>,
    /// Who sent the opening SYN; null mid-stream.
    pub opened_by: Option<Party>,
    /// Who closed first.
    pub closed_by: Option<Party>,
    /// Who reset it.
    pub reset_by: Option<Party>,
    /// Where the capture was taken.
    pub vantage: VantageReport,
    /// Nominal states after the last packet (and after 2MSL, where the capture goes on so long).
    pub final_state: PerRole<Option<State>>,
    /// All states that the captured segments allow at the end.
    pub possible_final_states: PerRole<StateSet>,
    /// The nominal timeline.
    pub states: Vec<StateRow<C>>,
    /// Counts.
    pub stats: PerRole<EndpointStats>,
    /// Checks that could not be made.
    pub withheld: Vec<Withheld>,
    /// Its segments, where somebody wants to draw them.
    #[serde(skip)]
    #[schemars(skip)]
    pub drawing: Option<Drawing<C>>,
}

/// One nominal transition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[schemars(rename = "StateRow")]
pub struct StateRow<C = CaptureName> {
    /// The segment that shows it; null for a timeout.
    pub packet: Option<u64>,
    /// The file with `packet`.
    pub capture: C,
    /// When.
    pub time: Moment,
    /// Whose state.
    pub endpoint: Role,
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// The event of RFC 9293, figure 5, in words.
    pub event: Cause,
    /// All states that the captured segments allow from here on.
    pub possible: StateSet,
}

/// Counts for what one endpoint sent.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct EndpointStats {
    /// Segments.
    pub segments: u64,
    /// Octets of data, each counted once.
    pub bytes: u64,
    /// Segments with data, SYN or FIN sent before.
    pub retransmissions: u64,
    /// Segments that arrived at the monitor behind later ones.
    pub out_of_order: u64,
    /// Pure ACKs that repeat the last number.
    pub duplicate_acks: u64,
    /// Segments that offer no window.
    pub zero_windows: u64,
    /// Frames that were copies made by the capture; not counted above.
    pub duplicate_frames: u64,
    /// Segments with a wrong checksum; not judged.
    pub bad_checksums: u64,
    /// Round-trip time of the handshake between monitor and the peer, in microseconds.
    pub rtt_us: Option<u64>,
}

/// A check that was not made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
pub struct Withheld {
    /// Code of the rule.
    pub rule: &'static str,
    /// What was missing, as named in the catalogue.
    pub need: &'static str,
}

/// Totals over all captures.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Summary {
    /// Capture files.
    pub captures: u64,
    /// Files in directories that are no captures, and were skipped.
    pub skipped_files: u64,
    /// Connections found.
    pub connections: u64,
    /// Connections in `connections`, before they were narrowed.
    pub connections_listed: u64,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity warning.
    pub warnings: u64,
    /// Findings of severity notice.
    pub notices: u64,
    /// Findings of severity info.
    pub infos: u64,
    /// Findings by rule.
    pub by_rule: BTreeMap<&'static str, u64>,
    /// Withheld checks by missing need.
    pub withheld: BTreeMap<&'static str, u64>,
    /// Findings at or above `--fail-on` and `--fail-certainty` that do not stand in the baseline.
    pub failing_findings: u64,
    /// Findings at or above these that stand in the baseline.
    pub known_findings: u64,
    /// Elements of `expectations` that were not met.
    pub unmet_expectations: u64,
    /// 0, 1 or 2.
    pub exit_status: u8,
}
