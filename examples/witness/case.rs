//! What was recorded beside a capture.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::view::{list, maybe_text, text};
use crate::wire::{self, Frame};

/// Name of the only host where there is only one.
const KERNEL: &str = "kernel";

/// One recorded run with its captures.
pub struct Case {
    pub name: String,
    pub captures: Vec<Capture>,
    pub transitions: Vec<Transition>,
    pub polls: Vec<Poll>,
    /// The one correct endpoint; `None`: all are.
    pub kernel_side: Option<IpAddr>,
    pub attack: Option<String>,
    /// The hosts were told that they may shrink their windows.
    pub shrinks_windows: bool,
    /// One way, in microseconds.
    pub delay_us: i64,
    /// From here on transitions were no longer recorded.
    pub recorded_until_us: Option<i64>,
    /// Listeners whose accept queue overflowed.
    pub overflowed: BTreeSet<SocketAddr>,
    /// What the script's side did wrong on purpose.
    pub violations: Vec<Violation>,
    /// Segments by capture file that no endpoint sent.
    forged: BTreeMap<String, BTreeSet<u64>>,
}

impl Case {
    /// Whether no endpoint sent this packet.
    pub fn is_forged(&self, file: &str, packet: u64) -> bool {
        self.forged
            .get(file)
            .is_some_and(|packets| packets.contains(&packet))
    }

    /// The capture that was taken at a host.
    pub fn capture_at(&self, host: &str) -> Option<&Capture> {
        self.captures
            .iter()
            .find(|capture| capture.host.as_deref() == Some(host))
    }
}

/// Something that a script did which no TCP should.
pub struct Violation {
    /// In words, `(packet N)` left out.
    pub what: String,
    /// Where, if that was recorded.
    pub packet: Option<u64>,
}

impl Violation {
    fn of(text: &str) -> Violation {
        let (what, place) = text.rsplit_once(" (packet ").unwrap_or((text, ""));
        Violation {
            what: what.to_owned(),
            packet: place.trim_end_matches(')').parse().ok(),
        }
    }
}

/// One capture of a case.
pub struct Capture {
    pub file: String,
    pub path: PathBuf,
    /// The host at which it was taken; `None` between the two.
    pub host: Option<String>,
    pub frames: Vec<Frame>,
}

impl Capture {
    /// Where it was taken, in a word.
    pub fn vantage(&self) -> &str {
        self.host.as_deref().unwrap_or("middle")
    }
}

/// One transition of a socket.
#[derive(Clone)]
pub struct Transition {
    pub at_us: i64,
    pub host: String,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub old: String,
    pub new: String,
}

/// A state that polling found for the first time.
pub struct Poll {
    pub at_us: i64,
    pub host: String,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub state: String,
}

/// The names of all `*.json` in a folder, sorted.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        names.extend(file.strip_suffix(".json").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Reads a case; `None` if the JSON records no transitions.
pub fn load(folder: &Path, name: &str) -> Result<Option<Case>> {
    let json: Value = serde_json::from_slice(&fs::read(folder.join(format!("{name}.json")))?)?;
    if json.get("kernel_states").is_none() {
        return Ok(None);
    }
    let kernel_side = maybe_text(&json, "kernel_side")
        .map(|side| side.parse())
        .transpose()?;
    let delay = json
        .pointer("/link/one_way_delay_s")
        .and_then(Value::as_f64);
    let transitions = transitions(&json)?;
    let last = transitions.last().map(|transition| transition.at_us);
    Ok(Some(Case {
        recorded_until_us: last.filter(|_| json.get("kernel_states_truncated").is_some()),
        name: text(&json, "case")?,
        violations: json
            .get("peer_violations")
            .and_then(Value::as_array)
            .map_or_else(Vec::new, |all| {
                let texts = all.iter().filter_map(Value::as_str);
                texts.map(Violation::of).collect()
            }),
        captures: captures(folder, name, &json)?,
        transitions,
        polls: polls(&json)?,
        kernel_side,
        attack: maybe_text(&json, "attack"),
        shrinks_windows: (json.pointer("/sysctl/net.ipv4.tcp_shrink_window"))
            .is_some_and(|value| value == 1),
        delay_us: microseconds(delay.unwrap_or(0.0)),
        overflowed: overflowed(&json),
        forged: forged(&json),
    }))
}

fn captures(folder: &Path, name: &str, json: &Value) -> Result<Vec<Capture>> {
    let mut captures = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let Some(stem) = file.strip_suffix(".pcap") else {
            continue;
        };
        let host = match stem.strip_prefix(name) {
            Some("") if json.get("kernel_side").is_some() => KERNEL,
            Some("") => "client",
            Some(rest) if rest.starts_with('@') => rest.trim_start_matches('@'),
            _ => continue,
        };
        let is_host = host == KERNEL || json.pointer(&format!("/hosts/{host}")).is_some();
        let path = folder.join(&file);
        captures.push(Capture {
            frames: wire::frames(&path)?,
            host: is_host.then(|| host.to_owned()),
            file,
            path,
        });
    }
    captures.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(captures)
}

fn transitions(json: &Value) -> Result<Vec<Transition>> {
    let mut transitions = Vec::new();
    for value in list(json, "kernel_states")? {
        if maybe_text(value, "protocol").is_some_and(|p| p != "IPPROTO_TCP") {
            continue;
        }
        transitions.push(Transition {
            at_us: moment(value)?,
            host: host(value),
            local: text(value, "local")?.parse()?,
            remote: text(value, "remote")?.parse()?,
            old: text(value, "old")?,
            new: text(value, "new")?,
        });
    }
    transitions.sort_by_key(|transition| transition.at_us);
    Ok(transitions)
}

fn polls(json: &Value) -> Result<Vec<Poll>> {
    let Some(values) = json.get("kernel_polls").and_then(Value::as_array) else {
        return Ok(Vec::new());
    };
    values
        .iter()
        .filter(|value| maybe_text(value, "seen").as_deref() == Some("appears"))
        .map(|value| {
            Ok(Poll {
                at_us: moment(value)?,
                host: host(value),
                local: text(value, "local")?.parse()?,
                remote: text(value, "remote")?.parse()?,
                state: text(value, "state")?,
            })
        })
        .collect()
}

fn overflowed(json: &Value) -> BTreeSet<SocketAddr> {
    let events = json.get("kernel_events").and_then(Value::as_array);
    events
        .into_iter()
        .flatten()
        .filter(|event| maybe_text(event, "reason").as_deref() == Some("TCP_LISTEN_OVERFLOW"))
        .filter_map(|event| maybe_text(event, "local")?.parse().ok())
        .collect()
}

/// Forged packets by file. Numbers were found by content, so the genuine
/// original of a duplicate is listed too, in the capture at its sender: only
/// the receiver's capture and those between the hosts count.
fn forged(json: &Value) -> BTreeMap<String, BTreeSet<u64>> {
    let mut forged: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let segments = json.get("forged").and_then(Value::as_array);
    for segment in segments.into_iter().flatten() {
        let to = maybe_text(segment, "to").unwrap_or_default();
        let numbers = segment.get("packet_numbers").and_then(Value::as_object);
        for (file, packet) in numbers.into_iter().flatten() {
            let at_sender = match file.strip_suffix(".pcap").and_then(|f| f.split_once('@')) {
                Some((_, "server")) => to != "server",
                Some(_) => false,
                None => to != "client",
            };
            if !at_sender {
                forged
                    .entry(file.clone())
                    .or_default()
                    .extend(packet.as_u64());
            }
        }
    }
    forged
}

fn host(value: &Value) -> String {
    maybe_text(value, "host").unwrap_or_else(|| KERNEL.to_owned())
}

fn moment(value: &Value) -> Result<i64> {
    let seconds = value.get("t").and_then(Value::as_f64).context("no time")?;
    Ok(microseconds(seconds))
}

fn microseconds(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}
