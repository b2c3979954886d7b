//! The program from outside: arguments, messages, exit status.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod exchange;
mod program;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use program::{capture_without_tcp, directory, outcome, run, run_in, tcpcheck};

#[test]
fn without_arguments_it_says_what_it_does() {
    let (status, stdout, stderr) = run(&[]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert_eq!(stderr.lines().count(), 5);
    assert!(stderr.starts_with("tcpcheck says whether TCP was spoken correctly"));
}

/// What the README shows, run from the project's folder.
#[test]
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```console\n$ tcpcheck ").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let (command, output) = shown.split_once('\n').unwrap();
    let arguments: Vec<&str> = command.split(' ').collect();
    let (_, stdout, _) = run_in(root, &arguments);
    assert_eq!(stdout, output, "README.md");
}

#[test]
fn the_help_is_as_reviewed() {
    let (status, stdout, stderr) = run(&["--help"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("help", stdout);
    let (status, short, _) = run(&["-h"]);
    assert!(status == 0 && short.len() < stdout.len());
    let (status, version, _) = run(&["--version"]);
    assert_eq!(
        (status, version),
        (0, format!("tcpcheck {}\n", env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn wrong_usage_is_status_2_with_a_hint() {
    let wrong: [(&[&str], &str); 13] = [
        (&["--formt", "json", "a"], "--format"),
        (&["--format", "xml", "a"], "possible values: text, json"),
        (&["--lossless"], "<CAPTURE>"),
        (&["--msl", "0", "a"], "more than 0"),
        (&["--msl", "-1", "a"], "--msl"),
        (&["--vantage", "host=x", "a"], "no IPv4 or IPv6 address"),
        (&["--severity", "HS001", "a"], "CODE=LEVEL"),
        (&["--select", "XYZ99", "a"], "no rule is called 'XYZ99'"),
        (&["--ignore", "HS,nothing", "a"], "no rule is called"),
        (
            &["--severity", "XYZ99=off", "a"],
            "no rule is called 'XYZ99'",
        ),
        (&["-o", "report.csv", "a"], "text=FILE or json=FILE"),
        (&["-o", "/no/such/place/report.json", "a"], "has no place"),
        (&["-", "-"], "only once"),
    ];
    for (arguments, hint) in wrong {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!(
            (status, stdout.as_str()),
            (2, ""),
            "{arguments:?}: {stderr}"
        );
        assert!(stderr.contains(hint), "{arguments:?}: {stderr}");
    }
}

#[test]
fn an_output_never_replaces_a_capture() {
    let directory = directory(&[("a.txt", &capture_without_tcp())]);
    for output in ["a.txt", "text=./a.txt", "json=../a.txt"] {
        fs::create_dir_all(directory.path().join("d")).unwrap();
        let inner = output.contains("..");
        let place = if inner {
            directory.path().join("d")
        } else {
            directory.path().to_owned()
        };
        let input = if inner { "../a.txt" } else { "a.txt" };
        let (status, _, stderr) = run_in(&place, &["-o", output, input]);
        assert_eq!(status, 2);
        assert!(stderr.contains("is one of the captures"), "{stderr}");
    }
    let content = fs::read(directory.path().join("a.txt")).unwrap();
    assert_eq!(content, capture_without_tcp());
    let twice = ["-o", "r.json", "-o", "text=./r.json", "a.txt"];
    let (status, _, stderr) = run_in(directory.path(), &twice);
    assert!(status == 2 && stderr.contains("given twice"), "{stderr}");
}

#[test]
fn an_unknown_rule_is_not_explained() {
    let (status, stdout, stderr) = run(&["explain", "XYZ99"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("no rule is called 'XYZ99'"), "{stderr}");
}

#[test]
fn the_catalogue_is_json_on_request() {
    let (status, stdout, _) = run(&["rules", "--format", "json"]);
    let rules: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(status == 0 && rules.is_array());
    assert_eq!(run(&["rules"]).0, 0);
}

#[test]
fn the_schema_is_the_committed_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let (status, stdout, _) = run(&["schema"]);
    assert_eq!(
        (status, stdout),
        (0, fs::read_to_string(committed).unwrap())
    );
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (status, stdout, stderr) = run(&["completions", shell]);
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert!(stdout.contains("fail-certainty"), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).0, 2);
}

/// Runs with a standard output whose reader has gone.
#[cfg(unix)]
fn run_into_closed_pipe(arguments: &[&str]) -> (i32, String) {
    let mut child = tcpcheck()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // Nothing was written before the reader was gone: it waits for this.
    let _ = stdin.write_all(&capture_without_tcp());
    drop(stdin);
    let (status, _, stderr) = outcome(&child.wait_with_output().unwrap());
    (status, stderr)
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_it_quietly() {
    for arguments in [
        &["completions", "zsh"][..],
        &["schema"],
        &["rules"],
        &["--help"],
    ] {
        assert_eq!(
            run_into_closed_pipe(arguments),
            (0, String::new()),
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_does_not_change_the_status() {
    for format in ["text", "json"] {
        let arguments = ["--format", format, "--allow-no-tcp", "-"];
        assert_eq!(run_into_closed_pipe(&arguments), (0, String::new()));
        let (status, stderr) = run_into_closed_pipe(&["--format", format, "-"]);
        assert_eq!(status, 2);
        assert!(stderr.contains("there is no TCP in it"), "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_status_2() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = tcpcheck()
        .current_dir(directory.path())
        .args(["--allow-no-tcp", "a.pcap", "-o", "json=/dev/full"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let (status, _, stderr) = outcome(&output);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("standard output cannot be written"),
        "{stderr}"
    );
    assert!(stderr.contains("/dev/full cannot be written"), "{stderr}");
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let arguments = ["--format", "json", "--allow-no-tcp", "gone.pcap", "a.pcap"];
    let (status, stdout, stderr) = run_in(directory.path(), &arguments);
    assert_eq!(status, 2);
    assert_eq!(
        stderr,
        "tcpcheck: gone.pcap: there is no such file; check the path\n"
    );
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["captures"][0]["path"], "gone.pcap");
    assert_eq!(report["captures"][0]["complete"], false);
    assert_eq!(report["captures"][1]["packets"], 1);
    assert_eq!(report["summary"]["exit_status"], 2);
}

#[test]
fn a_directory_without_captures_is_status_2() {
    let directory = directory(&[("notes.txt", b"nothing")]);
    let (status, stdout, stderr) = run_in(directory.path(), &["."]);
    assert_eq!(status, 2);
    assert_eq!(
        stderr,
        "tcpcheck: .: there is no capture in this directory; is it the right one?\n"
    );
    assert!(
        stdout.contains("1 file found in directories is no capture; skipped."),
        "{stdout}"
    );
}

#[test]
fn a_capture_without_tcp_is_status_2_unless_allowed() {
    let capture = capture_without_tcp();
    let directory = directory(&[("a.pcap", &capture), ("b.pcap", &capture)]);
    for (path, message) in [
        ("a.pcap", "tcpcheck: a.pcap: there is no TCP in it;"),
        (
            ".",
            "tcpcheck: .: there is no TCP in any capture of this directory;",
        ),
    ] {
        let (status, _, stderr) = run_in(directory.path(), &[path]);
        assert_eq!(status, 2);
        assert!(
            stderr.starts_with(message) && stderr.lines().count() == 1,
            "{stderr}"
        );
        let (status, _, stderr) = run_in(directory.path(), &["--allow-no-tcp", path]);
        assert_eq!((status, stderr.as_str()), (0, ""));
    }
}

#[test]
fn reports_go_to_files_as_well() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let arguments = ["--allow-no-tcp", "-o", "r.json", "-o", "text=r", "a.pcap"];
    let (status, stdout, stderr) = run_in(directory.path(), &arguments);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let read = |name| fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(read("r"), stdout);
    let report: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
    assert_eq!(report["schema_version"], "1");
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "nothing else is left behind");
}

#[test]
fn a_capture_may_be_called_like_a_command() {
    let directory = directory(&[("rules", &capture_without_tcp())]);
    let (status, stdout, _) = run_in(directory.path(), &["--allow-no-tcp", "./rules"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("Capture ./rules"), "{stdout}");
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let styled = |arguments: &[&str]| run_in(directory.path(), arguments).1.contains('\x1b');
    assert!(!styled(&["a.pcap"]));
    assert!(styled(&["--color", "always", "a.pcap"]));
    assert!(!styled(&["--color", "never", "a.pcap"]));
}
