//! What is shown of a report: some connections and findings, by what the user asks for. What is
//! judged, the verdict, the totals and the exit status are not touched by it.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::archive::{About, Records, Told};
use super::model::{ConnectionReport, Report};
use crate::finding::Finding;
use crate::segment::Socket;

/// Addresses with the same first bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    /// One of them.
    pub ip: IpAddr,
    /// How many bits they share.
    pub bits: u8,
}

impl Network {
    /// Whether an address is one of them.
    #[must_use]
    pub fn holds(&self, ip: IpAddr) -> bool {
        let share = |differing_from: u32| differing_from >= u32::from(self.bits);
        match (self.ip, ip) {
            (IpAddr::V4(a), IpAddr::V4(b)) => share((a.to_bits() ^ b.to_bits()).leading_zeros()),
            (IpAddr::V6(a), IpAddr::V6(b)) => share((a.to_bits() ^ b.to_bits()).leading_zeros()),
            _ => false,
        }
    }

    /// Whether it is a single address.
    const fn is_host(&self) -> bool {
        self.bits
            == match self.ip {
                IpAddr::V4(_) => 32,
                IpAddr::V6(_) => 128,
            }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.is_host() {
            true => write!(f, "{}", self.ip),
            false => write!(f, "{}/{}", self.ip, self.bits),
        }
    }
}

/// What is asked for: of each kind that is given, one must fit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Narrowing {
    /// Connections by their numbers.
    pub connections: BTreeSet<u64>,
    /// Connections of hosts, and findings about them.
    pub hosts: Vec<Network>,
    /// Connections with ports, and findings about them.
    pub ports: BTreeSet<u16>,
    /// Findings by their rules, and connections with one of them.
    pub rules: BTreeSet<&'static str>,
}

impl Narrowing {
    /// Everything is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Narrowing::default()
    }

    /// As it would be typed.
    #[must_use]
    pub fn typed(&self) -> String {
        let connections = self
            .connections
            .iter()
            .map(|id| format!("--connection {id}"));
        let hosts = self.hosts.iter().map(|host| format!("--host {host}"));
        let ports = self.ports.iter().map(|port| format!("--port {port}"));
        let rules = self.rules.iter().map(|rule| format!("--rule {rule}"));
        let all = connections.chain(hosts).chain(ports).chain(rules);
        all.collect::<Vec<_>>().join(" ")
    }

    /// Leaves of what is told of a connection that has just ended what is asked for.
    #[must_use]
    pub fn of_one<'f>(
        &self,
        connection: Option<&ConnectionReport>,
        findings: &'f [Finding],
    ) -> Vec<&'f Finding> {
        let fits = |finding: &&Finding| {
            let about = connection.map(|connection| (connection.client, connection.server));
            self.fits_rule(finding)
                && match about {
                    Some(sockets) => self.fits_sockets(sockets),
                    None => self.fits_subject(finding.subject),
                }
        };
        findings.iter().filter(fits).collect()
    }

    /// Leaves of the findings of a record what is asked for; `false` if the record as a whole is not.
    pub(super) fn keep(
        &self,
        about: About,
        id: Option<u64>,
        sockets: impl FnOnce() -> io::Result<Option<(Socket, Socket)>>,
        findings: &mut Vec<Finding>,
    ) -> io::Result<bool> {
        if about == About::Other {
            let asked = self.connections.is_empty();
            findings.retain(|f| asked && self.fits_rule(f) && self.fits_subject(f.subject));
            return Ok(!findings.is_empty());
        }
        let is_asked =
            self.connections.is_empty() || id.is_some_and(|id| self.connections.contains(&id));
        let by_sockets = !self.hosts.is_empty() || !self.ports.is_empty();
        if !is_asked || by_sockets && !sockets()?.is_some_and(|pair| self.fits_sockets(pair)) {
            return Ok(false);
        }
        findings.retain(|finding| self.fits_rule(finding));
        Ok(self.rules.is_empty() || !findings.is_empty())
    }

    fn fits_rule(&self, finding: &Finding) -> bool {
        self.rules.is_empty() || self.rules.contains(finding.rule)
    }

    fn fits_sockets(&self, (client, server): (Socket, Socket)) -> bool {
        let host = |ip: IpAddr| self.hosts.iter().any(|host| host.holds(ip));
        let port = |port: u16| self.ports.contains(&port);
        (self.hosts.is_empty() || host(client.ip) || host(server.ip))
            && (self.ports.is_empty() || port(client.port) || port(server.port))
    }

    fn fits_subject(&self, subject: Option<Socket>) -> bool {
        let Some(subject) = subject else {
            return self.hosts.is_empty() && self.ports.is_empty();
        };
        (self.hosts.is_empty() || self.hosts.iter().any(|host| host.holds(subject.ip)))
            && (self.ports.is_empty() || self.ports.contains(&subject.port))
    }
}

/// That a report shows less than there is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Narrowed {
    /// What was asked for, as options.
    pub by: String,
    /// Connections shown, of those that are listed.
    pub connections_shown: u64,
    /// Connections hidden.
    pub connections_hidden: u64,
    /// Findings shown.
    pub findings_shown: u64,
    /// Findings hidden.
    pub findings_hidden: u64,
}

impl Report {
    /// Shows no more than `narrowing` asks for, from now on.
    ///
    /// # Errors
    /// Connections lie in a temporary file, which cannot be read back.
    pub fn narrow(&mut self, narrowing: Narrowing) -> io::Result<()> {
        if narrowing.is_empty() {
            return Ok(());
        }
        let all = count(self.records())?;
        let by = narrowing.typed();
        let records = self.records().narrowed(narrowing);
        let shown = count(&records)?;
        self.connections.0 = records.clone();
        self.findings.0 = records;
        self.narrowed = Some(Narrowed {
            by,
            connections_shown: shown.0,
            connections_hidden: all.0.saturating_sub(shown.0),
            findings_shown: shown.1,
            findings_hidden: all.1.saturating_sub(shown.1),
        });
        Ok(())
    }
}

/// Connections and findings.
fn count(records: &Records) -> io::Result<(u64, u64)> {
    let (mut connections, mut findings) = (0, 0);
    records.each(|told: Told<'_>| {
        connections += u64::from(told.about == About::Connection);
        findings += told.findings.len() as u64;
        Ok(())
    })?;
    Ok((connections, findings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::Loaded;
    use crate::report::sample;

    fn network(text: &str) -> Network {
        crate::cli::values::network(text).unwrap()
    }

    #[test]
    fn a_network_is_its_first_bits() {
        let holds = |net: &str, ip: &str| network(net).holds(ip.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "192.0.2.1") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1") && !holds("2001:db8::/32", "2001:db9::"));
        assert!(holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert_eq!(network("10.0.0.0/8").to_string(), "10.0.0.0/8");
        assert_eq!(network("::1/128").to_string(), "::1");
    }

    /// Numbers of connections and rules of findings that are left of `report`.
    fn left(report: Loaded, narrowing: Narrowing) -> (Vec<u64>, Vec<&'static str>, Narrowed) {
        let mut report = sample::set_aside(report);
        report.narrow(narrowing).unwrap();
        let connections = report.connections.iter().map(|entry| entry.unwrap().id);
        let findings = report.findings.iter().map(|finding| finding.unwrap().rule);
        let (connections, findings) = (connections.collect(), findings.collect());
        let mut told = (Vec::new(), Vec::new());
        let by_both = report.records().iter().map(Result::unwrap);
        by_both.for_each(|record| {
            told.0.extend(record.entry.map(|entry| entry.id));
            told.1
                .extend(record.findings.iter().map(|finding| finding.rule));
        });
        assert_eq!(told, (connections, findings));
        (told.0, told.1, report.narrowed.unwrap())
    }

    #[test]
    fn what_is_shown_is_what_is_asked_for() {
        let by_id = |id| Narrowing {
            connections: [id].into(),
            ..Narrowing::default()
        };
        let (connections, findings, narrowed) = left(sample::several(), by_id(2));
        assert_eq!((connections, findings), (vec![2], vec!["TD012"]));
        assert_eq!(narrowed.by, "--connection 2");
        assert_eq!(
            (narrowed.connections_hidden, narrowed.findings_hidden),
            (1, 0)
        );
        let (connections, findings, narrowed) = left(sample::several(), by_id(9));
        assert!(connections.is_empty() && findings.is_empty());
        assert_eq!(narrowed.findings_hidden, 1);
        let by_rule = Narrowing {
            rules: ["HS001"].into(),
            ..Narrowing::default()
        };
        let (connections, findings, _) = left(sample::one_error(), by_rule.clone());
        assert_eq!((connections, findings), (vec![1], vec!["HS001"]));
        assert!(left(sample::clean(), by_rule).0.is_empty());
    }

    #[test]
    fn findings_about_no_connection_go_by_their_subject() {
        let flood = sample::flood();
        let subject = flood
            .findings
            .iter()
            .find_map(|finding| finding.subject)
            .unwrap();
        let host = |bits, ip| Narrowing {
            hosts: vec![Network { ip, bits }],
            ..Narrowing::default()
        };
        let (_, findings, _) = left(flood.clone(), host(32, subject.ip));
        assert!(findings.contains(&"AT001"), "{findings:?}");
        let (_, findings, _) = left(flood.clone(), host(32, [203, 0, 113, 99].into()));
        assert!(!findings.contains(&"AT001"), "{findings:?}");
        let port = Narrowing {
            ports: [subject.port].into(),
            ..Narrowing::default()
        };
        assert!(left(flood, port).1.contains(&"AT001"));
    }
}
