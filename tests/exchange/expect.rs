//! What a fixture expects of the program, beside the exchange in its file.

use super::ParseError;
use super::text::Word;

/// Whether, and which, packet an expected finding must name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum ExpectedPacket {
    /// The line says nothing about it.
    #[default]
    Any,
    /// `packet=none`: the finding names no packet (an omission, a pattern).
    None,
    /// `packet=7`: frame number in the captured file.
    Number(usize),
}

/// One `expect:` line that names a rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExpectedFinding {
    /// Line of the file, for messages.
    pub line: usize,
    /// Code of the rule.
    pub rule: String,
    /// error, warning, notice or info.
    pub severity: Option<String>,
    /// definite or likely.
    pub certainty: Option<String>,
    /// client, server, or none for null.
    pub endpoint: Option<String>,
    /// The case of the rule.
    pub case: Option<String>,
    /// Which packet.
    pub packet: ExpectedPacket,
    /// How many such findings there must be; at least one where not given.
    pub count: Option<usize>,
    /// Connection by number of appearance, from 1; `Some(0)` is none.
    pub connection: Option<usize>,
    /// Address of the subject.
    pub subject: Option<String>,
}

/// One `expect-withheld:` entry: `RULE need`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectedWithheld {
    /// Line of the file.
    pub line: usize,
    /// Code of the rule.
    pub rule: String,
    /// The need that failed, as in the catalogue.
    pub need: String,
}

/// One `expect-connection:` line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectedConnection {
    /// Line of the file.
    pub line: usize,
    /// Connection by order of first packet, from 1 (`connection=2`; default 1).
    pub connection: usize,
    /// Field of the report's connection and its value; `client` and `server`
    /// stand for the final states; `null` for null.
    pub fields: Vec<(String, String)>,
}

/// Everything that a file expects.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expectations {
    /// `expect: none`: no finding at warning or above.
    pub none: bool,
    /// `expect-others: allowed`: findings at warning or above that no line
    /// names are no failure.
    pub others_allowed: bool,
    /// Findings that must be there.
    pub findings: Vec<ExpectedFinding>,
    /// `expect-not:`, codes that must not be there at any severity.
    pub absent: Vec<String>,
    /// Verdicts that must be withheld.
    pub withheld: Vec<ExpectedWithheld>,
    /// What connections must look like.
    pub connections: Vec<ExpectedConnection>,
}

impl Expectations {
    /// Whether the file expects anything at all.
    pub fn is_empty(&self) -> bool {
        *self == Expectations::default()
    }
}

/// `packet=@name` before names are resolved.
pub struct Unresolved {
    pub finding: usize,
    pub name: String,
    pub line: usize,
    pub column: usize,
}

const STATES: &[&str] = &[
    "null",
    "CLOSED",
    "LISTEN",
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSE-WAIT",
    "CLOSING",
    "LAST-ACK",
    "TIME-WAIT",
];
const ENDS: &[&str] = &["client", "server", "both", "null"];
const CONNECTION_FIELDS: &[(&str, &[&str])] = &[
    (
        "opening",
        &[
            "three-way",
            "simultaneous",
            "fast-open",
            "split",
            "refused",
            "rejected",
            "unanswered",
            "incomplete",
            "mid-stream",
            "undetermined",
        ],
    ),
    (
        "closing",
        &[
            "four-way",
            "three-way",
            "simultaneous",
            "reset",
            "half-closed",
            "unfinished",
            "none",
            "undetermined",
        ],
    ),
    ("opened_by", ENDS),
    ("closed_by", ENDS),
    ("reset_by", ENDS),
    ("roles_from", &["syn", "syn-ack", "port", "first-sender"]),
    (
        "vantage",
        &["client", "server", "both", "middle", "unknown"],
    ),
    ("client", STATES),
    ("server", STATES),
];

fn is_code(text: &str) -> bool {
    text.len() == 5
        && text.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && text.bytes().skip(2).all(|b| b.is_ascii_digit())
}

fn code(word: &Word, line: usize) -> Result<String, ParseError> {
    if word.value.is_none() && is_code(&word.key) {
        Ok(word.key.clone())
    } else {
        Err(ParseError::new(
            line,
            word.column,
            format!("`{word}` is no rule code (two letters, three digits)"),
        ))
    }
}

fn number(word: &Word, line: usize) -> Result<usize, ParseError> {
    word.value
        .as_deref()
        .and_then(|v| v.parse().ok())
        .ok_or_else(|| ParseError::new(line, word.column, format!("`{}` wants a number", word.key)))
}

impl Expectations {
    /// Takes in one line `KIND: WORDS`.
    pub(super) fn read(
        &mut self,
        kind: &str,
        words: &[Word],
        line: usize,
        end: usize,
        unresolved: &mut Vec<Unresolved>,
    ) -> Result<(), ParseError> {
        let Some((first, rest)) = words.split_first() else {
            return Err(ParseError::new(
                line,
                end,
                format!("`{kind}:` says nothing"),
            ));
        };
        match kind {
            "expect" if first.is("none") => {
                if let Some(more) = rest.first() {
                    return Err(ParseError::new(line, more.column, "nothing follows `none`"));
                }
                self.none = true;
            }
            "expect" => {
                let rule = code(first, line)?;
                let finding = self.finding(rule, rest, line, unresolved)?;
                self.findings.push(finding);
            }
            "expect-not" => {
                for word in words {
                    self.absent.push(code(word, line)?);
                }
            }
            "expect-others" if first.is("allowed") => self.others_allowed = true,
            "expect-others" => {
                return Err(ParseError::new(
                    line,
                    first.column,
                    "only `expect-others: allowed` is known",
                ));
            }
            "expect-withheld" => {
                let rule = code(first, line)?;
                if rest.is_empty() {
                    return Err(ParseError::new(
                        line,
                        end,
                        format!("which need of {rule} fails?"),
                    ));
                }
                for need in rest {
                    self.withheld.push(ExpectedWithheld {
                        line,
                        rule: rule.clone(),
                        need: need.to_string(),
                    });
                }
            }
            "expect-connection" => {
                let connection = connection(words, line)?;
                self.connections.push(connection);
            }
            _ => return Err(ParseError::new(line, 1, format!("`{kind}:` is not known"))),
        }
        if self.none && !self.findings.iter().all(is_minor) {
            return Err(ParseError::new(
                line,
                1,
                "`expect: none` contradicts a finding at warning or above",
            ));
        }
        Ok(())
    }

    fn finding(
        &self,
        rule: String,
        words: &[Word],
        line: usize,
        unresolved: &mut Vec<Unresolved>,
    ) -> Result<ExpectedFinding, ParseError> {
        let mut finding = ExpectedFinding {
            line,
            rule,
            ..ExpectedFinding::default()
        };
        for word in words {
            let fail = |message: String| Err(ParseError::new(line, word.column, message));
            match (word.key.as_str(), word.value.as_deref()) {
                ("error" | "warning" | "notice" | "info", None) => {
                    finding.severity = Some(word.key.clone());
                }
                ("definite" | "likely", None) => finding.certainty = Some(word.key.clone()),
                ("endpoint", Some(value @ ("client" | "server" | "none"))) => {
                    finding.endpoint = Some(value.to_owned());
                }
                ("endpoint", _) => return fail("endpoint is client, server or none".to_owned()),
                ("case", Some(value)) => finding.case = Some(value.to_owned()),
                ("subject", Some(value)) => finding.subject = Some(value.to_owned()),
                ("count", _) => finding.count = Some(number(word, line)?),
                ("connection", Some("none")) => finding.connection = Some(0),
                ("connection", _) => finding.connection = Some(number(word, line)?),
                ("packet", Some("none")) => finding.packet = ExpectedPacket::None,
                ("packet", Some(value)) => match value.strip_prefix('@') {
                    Some(name) => unresolved.push(Unresolved {
                        finding: self.findings.len(),
                        name: name.to_owned(),
                        line,
                        column: word.column,
                    }),
                    None => finding.packet = ExpectedPacket::Number(number(word, line)?),
                },
                _ => return fail(format!("`{word}` is not known behind `expect:`")),
            }
        }
        Ok(finding)
    }
}

fn is_minor(finding: &ExpectedFinding) -> bool {
    matches!(finding.severity.as_deref(), Some("notice" | "info"))
}

fn connection(words: &[Word], line: usize) -> Result<ExpectedConnection, ParseError> {
    let mut connection = ExpectedConnection {
        line,
        connection: 1,
        fields: Vec::new(),
    };
    for word in words {
        if word.key == "connection" {
            connection.connection = number(word, line)?;
            continue;
        }
        let Some((_, allowed)) = CONNECTION_FIELDS.iter().find(|(name, _)| *name == word.key)
        else {
            return Err(ParseError::new(
                line,
                word.column,
                format!("a connection has no field `{}`", word.key),
            ));
        };
        let value = word.value.clone().unwrap_or_default();
        if !allowed.contains(&value.as_str()) {
            return Err(ParseError::new(
                line,
                word.column,
                format!("`{}` is one of {}", word.key, allowed.join(", ")),
            ));
        }
        connection.fields.push((word.key.clone(), value));
    }
    Ok(connection)
}
