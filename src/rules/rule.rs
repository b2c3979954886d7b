//! What a rule is: its metadata, its text for `explain`, and its check.

use super::case::Case;
use super::verdict::Verdicts;
use crate::finding::{Blames, Certainty, Severity};
use crate::observation::Observations;

/// The groups of the catalogue; the first two letters of a code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Group {
    /// Handshake and opening.
    HS,
    /// Teardown and closing.
    TD,
    /// TIME-WAIT.
    TW,
    /// Arithmetic of sequence and acknowledgment numbers.
    SQ,
    /// The window and what is sent into it.
    WN,
    /// Retransmission, timers, acknowledgment, keepalive.
    RT,
    /// Options.
    OP,
    /// Flag combinations and the form of the header.
    FL,
    /// Resets.
    RS,
    /// Signatures of attacks.
    AT,
    /// Explicit congestion notification.
    EC,
    /// Checksums.
    CS,
    /// Quality of the capture.
    CA,
}

impl Group {
    /// The group in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Group::HS => "Handshake and opening",
            Group::TD => "Teardown and closing",
            Group::TW => "TIME-WAIT",
            Group::SQ => "Sequence and acknowledgment numbers",
            Group::WN => "Window",
            Group::RT => "Retransmission, timers, acknowledgment",
            Group::OP => "Options",
            Group::FL => "Flags and header",
            Group::RS => "Resets",
            Group::AT => "Attack signatures",
            Group::EC => "Explicit congestion notification",
            Group::CS => "Checksum",
            Group::CA => "Capture quality",
        }
    }
}

/// What kind of fact a rule rests on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Evidence {
    /// An endpoint sent something.
    Act,
    /// An endpoint did not send what was due.
    Omission,
    /// Many segments or connections together.
    Pattern,
    /// The capture itself.
    Capture,
}

impl Evidence {
    /// Lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Evidence::Act => "act",
            Evidence::Omission => "omission",
            Evidence::Pattern => "pattern",
            Evidence::Capture => "capture",
        }
    }
}

/// From where a verdict is sound.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SoundFrom {
    /// Anywhere, even with packet loss, reordering and capture loss.
    AnyVantage,
    /// Anywhere on a symmetric path, if the capture lost nothing relevant.
    AnyVantageLossless,
    /// Anywhere, once the sending order of two segments is proven.
    OrderProof,
    /// At the blamed endpoint; elsewhere never more than likely.
    EndpointVantage,
    /// Never more than likely.
    Heuristic,
}

impl SoundFrom {
    /// Kebab-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SoundFrom::AnyVantage => "any-vantage",
            SoundFrom::AnyVantageLossless => "any-vantage-lossless",
            SoundFrom::OrderProof => "order-proof",
            SoundFrom::EndpointVantage => "endpoint-vantage",
            SoundFrom::Heuristic => "heuristic",
        }
    }
}

/// What a rule needs to be sound. Judged in one place, `needs.rs`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Need {
    /// The whole TCP header with options was captured, checksum not known bad.
    Header,
    /// The whole payload was captured.
    Payload,
    /// SYN and SYN-ACK of this incarnation were captured.
    Handshake,
    /// The SYN or SYN-ACK of the blamed endpoint was captured.
    SynSelf,
    /// The SYN or SYN-ACK of its peer was captured.
    SynPeer,
    /// A FIN of the blamed endpoint was captured.
    FinSelf,
    /// A FIN of the peer was captured.
    FinPeer,
    /// Segments of both endpoints are in the capture.
    BothDirections,
    /// The capture lost nothing of this connection.
    NoCaptureLoss,
    /// Both directions pass the same monitor (assumed unless refuted).
    SymmetricPath,
    /// The sending order of two segments of one endpoint is proven.
    OrderProof,
    /// The capture was taken at the blamed endpoint.
    AtSelf,
    /// No offload at the blamed endpoint's side of the capture.
    NoOffloadSelf,
    /// No offload at the peer's side of the capture.
    NoOffloadPeer,
    /// Time stamps are sane.
    Clock,
    /// The capture goes on at least this many seconds after the event.
    Time(u16),
}

impl Need {
    /// The token of the catalogue, `time:63s` included.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Need::Header => "header",
            Need::Payload => "payload",
            Need::Handshake => "handshake",
            Need::SynSelf => "syn:self",
            Need::SynPeer => "syn:peer",
            Need::FinSelf => "fin:self",
            Need::FinPeer => "fin:peer",
            Need::BothDirections => "both-directions",
            Need::NoCaptureLoss => "no-capture-loss",
            Need::SymmetricPath => "symmetric-path",
            Need::OrderProof => "order-proof",
            Need::AtSelf => "at-self",
            Need::NoOffloadSelf => "no-offload:self",
            Need::NoOffloadPeer => "no-offload:peer",
            Need::Clock => "clock",
            Need::Time(1) => "time:1s",
            Need::Time(3) => "time:3s",
            Need::Time(5) => "time:5s",
            Need::Time(20) => "time:20s",
            Need::Time(30) => "time:30s",
            Need::Time(60) => "time:60s",
            Need::Time(63) => "time:63s",
            Need::Time(120) => "time:120s",
            Need::Time(190) => "time:190s",
            Need::Time(_) => "time",
        }
    }
}

/// How far a finding reaches when it takes others under it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// Findings about the same packet.
    SamePacket,
    /// Findings about the same packet, or about one that is named beside it.
    NamedPacket,
    /// Findings about the same endpoint of the connection.
    SameEndpoint,
    /// Findings about the peer of the endpoint named.
    OtherEndpoint,
    /// Findings about later packets or times, of either endpoint.
    Later,
    /// All of the connection's.
    Connection,
}

/// The text of `tcpcheck explain CODE`, in plain words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// What is wrong (or what happened), in two or three sentences.
    pub what: &'static str,
    /// Why it matters to the people who run the connection.
    pub why: &'static str,
    /// A short exchange that shows it, a segment a line, `A` opens to `B`.
    pub exchange: &'static [&'static str],
    /// Innocent explanations, and how the check keeps clear of each.
    pub excuses: &'static [&'static str],
}

/// How a rule is checked.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// On each connection when it ends, if anything that it wakes on was observed.
    Connection(fn(&Case<'_>, &mut Verdicts)),
    /// Over many connections or over the file: found by `flow/patterns` or
    /// `flow/quality`, which name the rule.
    Pattern,
}

/// One rule of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable code, such as `HS001`; never reused.
    pub code: &'static str,
    /// Stable name that says what is wrong, in kebab case.
    pub name: &'static str,
    /// One line for tables.
    pub title: &'static str,
    /// Group of the catalogue.
    pub group: Group,
    /// Severity; the highest of `cases`.
    pub severity: Severity,
    /// Cases with their severities, where the rule has several.
    pub cases: &'static [(&'static str, Severity)],
    /// What is claimed when the needs are met; a single verdict may know better.
    pub certainty: Certainty,
    /// What can be claimed when it is unknown whether the capture lost frames.
    pub certainty_if_loss_unknown: Option<Certainty>,
    /// Kind of evidence.
    pub evidence: Evidence,
    /// From where it is sound.
    pub sound_from: SoundFrom,
    /// What it needs.
    pub needs: &'static [Need],
    /// Whom it speaks against.
    pub blames: Blames,
    /// Raised to warning by the profile `textbook`.
    pub textbook: bool,
    /// Clauses.
    pub rfc: &'static [&'static str],
    /// Rules whose findings are consequences of this one and go under it.
    pub folds: &'static [(&'static str, Scope)],
    /// Figures that the condition uses, with their units in the name.
    pub thresholds: &'static [(&'static str, u64)],
    /// For `explain`.
    pub text: Explanation,
    /// The rule is looked at only when one of these was observed.
    pub wakes_on: Observations,
    /// The condition.
    pub check: Check,
}

impl Rule {
    /// Severity of a case, or of the rule when it has none of that name.
    #[must_use]
    pub fn severity_of(&self, case: Option<&str>) -> Severity {
        self.cases
            .iter()
            .find(|(name, _)| Some(*name) == case)
            .map_or(self.severity, |(_, severity)| *severity)
    }
}
