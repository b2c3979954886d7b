use super::*;
use crate::config::InForce;
use crate::config::show::{Shown, write};

const FILE: &str = r#"
profile = "textbook"
msl = 0.5
vantage = "host=2001:db8::1"
lossless = true
select = ["HS", "td005"]
fail-on = "notice"
fail-certainty = "definite"
allow-no-tcp = true

[severity]
HS001 = "info"
"RT004/syn" = "error"

[[ignore]]
rules = ["HS002", "RT010/default-interval"]
reason = """The old gateway
  does so."""

[[override]]
paths = ["old/**", "*.cap"]
reason = "Made with other clocks."
msl = 60
fail-on-withheld = true
allow-truncated = true
[[override.ignore]]
rules = ["HS003"]
reason = "Known there."

[[override]]
paths = ["old/a.pcap"]
reason = "Never mind."
fail-on = "never"
severity = { HS001 = "notice" }

[[expect]]
port = 80
opening = "three-way"
closing = ["four-way", "three-way"]
client-state = "TIME-WAIT"
at-least = 2

[[expect]]
name = "no resets"
paths = ["old/"]
server = "10.0.0.0/8"
closing = "reset"
at-most = 0
"#;

fn config(text: &str) -> Result<Config, String> {
    let source = Source {
        name: "tcpcheck.toml".to_owned(),
        text: text.to_owned(),
    };
    Config::of(&source, PathBuf::from("/x"))
}

fn shown(config: &Config, path: &str) -> String {
    let path = Path::new(path);
    let capture = Capture {
        below: Some(path),
        name: Path::new(path.file_name().unwrap()),
    };
    let force = InForce::of(config.wishes(capture));
    let expectations: Vec<_> = config.expectations(capture).cloned().collect();
    let shown = Shown {
        captures: vec![path.to_str().unwrap()],
        file: Some(&config.name),
        force: &force,
        overrides: &config.overrides(capture),
        expectations: &expectations,
    };
    let mut out = Vec::new();
    write(&shown, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_file_says_what_is_in_force_for_each_capture() {
    let config = config(FILE).unwrap();
    insta::assert_snapshot!("plain", shown(&config, "new/a.pcap"));
    insta::assert_snapshot!("overridden", shown(&config, "old/a.pcap"));
    let cap = shown(&config, "a.cap");
    assert!(cap.contains("HS003") && !cap.contains("never"), "{cap}");
}

#[test]
fn an_empty_file_changes_nothing() {
    let config = config("").unwrap();
    let capture = Capture {
        below: None,
        name: Path::new("-"),
    };
    assert_eq!(InForce::of(config.wishes(capture)), InForce::default());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = |text| config(text).unwrap_err().replace("tcpcheck.toml:", "");
    let cases = [
        (
            "profil = 'rfc'",
            "1:1: unknown key 'profil'; did you mean 'profile'?",
        ),
        (
            "profile = 'txtbook'",
            "1:11: 'txtbook' is not known here; did you mean 'textbook'?",
        ),
        (
            "fail_on = 'error'",
            "1:1: unknown key 'fail_on'; did you mean 'fail-on'?",
        ),
        ("msl = 0", "1:7: must be more than 0"),
        (
            "msl = '30'",
            "1:7: invalid type: string \"30\", expected a number of seconds, such as 30 or 0.5",
        ),
        (
            "vantage = 'here'",
            "1:11: none of auto, client, server, middle, host=ADDRESS",
        ),
        (
            "\nselect = ['HS', 'HS01']",
            "2:17: no rule is called 'HS01'; did you mean HS001?",
        ),
        (
            "[[ignore]]\nrules = ['HS001']",
            "1:1: the key 'reason' is missing",
        ),
        (
            "[[ignore]]\nrules = ['HS001']\nreason = ' '",
            "3:10: a reason is needed, not an empty text",
        ),
        (
            "[[ignore]]\nrules = ['RT004/x']\nreason = 'r'",
            "2:10: RT004 has no case 'x', only syn, syn-ack, timeout, fast, probe, spurious, too-big",
        ),
        (
            "ignore = ['HS001']",
            "1:11: invalid type: string \"HS001\", expected a table with 'rules' and 'reason', as under [[ignore]]",
        ),
        (
            "[severity]\nHS001 = 'off'",
            "2:1: a rule is switched off with a reason, under [[ignore]]",
        ),
        (
            "[severity]\nHS999 = 'info'",
            "2:1: no rule is called 'HS999'; did you mean HS009?",
        ),
        (
            "[severity]\nHS001 = 'warn'",
            "2:9: 'warn' is not known here; did you mean 'warning'?",
        ),
        (
            "[[override]]\npaths = ['a[']\nreason = 'r'",
            "2:10: this is no pattern: unclosed character class; missing ']'",
        ),
        (
            "[[override]]\npaths = ['a']",
            "1:1: the key 'reason' is missing",
        ),
        (
            "[[override]]\nreason = 'r'",
            "1:1: the key 'paths' is missing",
        ),
        (
            "[[expect]]\nprot = 80",
            "2:1: unknown key 'prot'; did you mean 'port'?",
        ),
        (
            "[[expect]]\nport = 80000",
            "2:8: invalid value: integer `80000`, expected u16",
        ),
        (
            "[[expect]]\nopening = 'threeway'",
            "2:11: 'threeway' is not known here; did you mean 'three-way'?",
        ),
        (
            "[[expect]]\nclosing = []",
            "2:11: an empty list is never met",
        ),
        (
            "[[expect]]\nclient-state = ['TIMEWAIT']",
            "2:16: 'TIMEWAIT' is no state; did you mean 'TIME-WAIT'?",
        ),
        (
            "[[expect]]\nhost = 'nowhere'",
            "2:8: 'nowhere' is no address, nor a network such as 192.0.2.0/24",
        ),
        (
            "[[expect]]\nat-least = 2\nat-most = 1",
            "1:1: at-most is less than at-least, so this can never be met",
        ),
        (
            "[[expect]]\nat-least = 0",
            "1:1: this expects nothing: at-least is 0, and there is no at-most",
        ),
    ];
    let told: Vec<_> = cases.iter().map(|(text, _)| wrong(text)).collect();
    let expected: Vec<_> = cases.iter().map(|(_, expected)| *expected).collect();
    assert_eq!(told, expected);
}
