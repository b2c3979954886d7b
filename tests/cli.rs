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
        (
            &["--format", "xml", "a"],
            "possible values: text, json, ndjson",
        ),
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
        (&["-o", "report.xlsx", "a"], "write FORMAT=FILE"),
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

/// Links are other names for the same file, and so is where standard input comes from.
#[cfg(unix)]
#[test]
fn an_output_never_replaces_a_capture_by_another_name() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let root = directory.path();
    fs::hard_link(root.join("a.pcap"), root.join("hard.json")).unwrap();
    std::os::unix::fs::symlink("a.pcap", root.join("soft.json")).unwrap();
    for output in ["hard.json", "soft.json", "json=a.pcap"] {
        let (status, _, stderr) = run_in(root, &["--allow-no-tcp", "-o", output, "a.pcap"]);
        assert_eq!(status, 2);
        assert!(stderr.contains("is one of the captures"), "{stderr}");

        let capture = fs::File::open(root.join("a.pcap")).unwrap();
        let output = tcpcheck()
            .current_dir(root)
            .args(["--allow-no-tcp", "-o", output, "-"])
            .stdin(capture)
            .output()
            .unwrap();
        let (status, _, stderr) = outcome(&output);
        assert_eq!(status, 2);
        assert!(stderr.contains("is one of the captures"), "{stderr}");
    }
    let appended = fs::OpenOptions::new()
        .append(true)
        .open(root.join("a.pcap"))
        .unwrap();
    let output = tcpcheck()
        .current_dir(root)
        .args(["--allow-no-tcp", "a.pcap"])
        .stdout(appended)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let (status, _, stderr) = outcome(&output);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("standard output is one of the captures"),
        "{stderr}"
    );
    let content = fs::read(root.join("a.pcap")).unwrap();
    assert_eq!(content, capture_without_tcp());

    // Two names of one report.
    fs::write(root.join("r.json"), "").unwrap();
    std::os::unix::fs::symlink("r.json", root.join("s.txt")).unwrap();
    let twice = ["--allow-no-tcp", "-o", "r.json", "-o", "s.txt", "a.pcap"];
    let (status, _, stderr) = run_in(root, &twice);
    assert!(status == 2 && stderr.contains("given twice"), "{stderr}");
}

/// A link is kept and its target replaced, whole.
#[cfg(unix)]
#[test]
fn a_report_goes_where_a_link_leads() {
    let directory = directory(&[("a.pcap", &capture_without_tcp()), ("old", b"old")]);
    let link = directory.path().join("r.json");
    std::os::unix::fs::symlink("old", &link).unwrap();
    let arguments = ["--allow-no-tcp", "-o", "r.json", "a.pcap"];
    assert_eq!(run_in(directory.path(), &arguments).0, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let written = fs::read_to_string(directory.path().join("old")).unwrap();
    assert!(written.starts_with("{\n"), "{written}");
}

/// `/proc` takes no files from anybody, not even from the superuser.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_takes_no_file_is_status_2() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let arguments = ["--allow-no-tcp", "-o", "/proc/r.json", "a.pcap"];
    let (status, stdout, stderr) = run_in(directory.path(), &arguments);
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with("tcpcheck: the report /proc/r.json cannot be written: "),
        "{stderr}"
    );
    // Standard output has its report, which knows.
    assert!(stdout.contains("Exit status 2."), "{stdout}");
}

/// The reader of another descriptor may go as that of standard output may.
#[cfg(target_os = "linux")]
#[test]
fn a_closed_pipe_that_was_named_is_no_error() {
    let directory = directory(&[("a.pcap", &capture_without_tcp())]);
    let script = r#"{ { sleep 0.3; cat a.pcap; } |
        "$0" --allow-no-tcp - -o json=/dev/fd/3 3>&1 >/dev/null 2>err; echo $? >status; } | :;
        until test -s status; do sleep 0.1; done; cat status err"#;
    let output = std::process::Command::new("sh")
        .current_dir(directory.path())
        .args(["-c", script])
        .arg(tcpcheck().get_program())
        .output()
        .unwrap();
    let (_, stdout, _) = outcome(&output);
    assert_eq!(stdout, "0\n");
}

/// What a terminal would obey: an escape, CSI, a turn of the direction.
#[cfg(unix)]
#[test]
fn names_reach_no_terminal_as_they_are() {
    const EVIL: &str = "a\x1b[2J\u{9b}2J\u{202e}x\x7f";
    let is_raw = |text: &str| text.contains(['\x1b', '\u{9b}', '\u{202e}', '\x7f']);
    let name = format!("{EVIL}.pcap");
    let directory = directory(&[(&name, &capture_without_tcp())]);
    let root = directory.path();
    let json = format!("{EVIL}.json");
    for format in ["text", "json"] {
        // The report, a message about the capture, and one about an output.
        let arguments = ["--format", format, "-o", &json, &name, "gone\x1b\u{9b}"];
        let (status, stdout, stderr) = run_in(root, &arguments);
        assert_eq!(status, 2);
        assert!(!is_raw(&stdout) && !is_raw(&stderr), "{stdout}{stderr}");
        assert!(stderr.contains("a\\u{1b}[2J\\u{9b}2J\\u{202e}x\\u{7f}.pcap: there is no TCP"));
        if format == "json" {
            let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(report["captures"][0]["path"], name);
        }
        assert!(!is_raw(&fs::read_to_string(root.join(&json)).unwrap()));
        fs::remove_file(root.join(&json)).unwrap();
    }
    fs::create_dir(root.join(&json)).unwrap();
    let json = root.join(&json);
    let json_in_root = json.to_str().unwrap();
    let option = format!("--{EVIL}");
    let wrong: [&[&str]; 9] = [
        &["-o", json_in_root, "a"],
        &["-o", EVIL, "a"],
        &["explain", EVIL],
        &[&option, "a"],
        &["--format", EVIL, "a"],
        &["--msl", EVIL, "a"],
        &["--select", EVIL, "a"],
        &["--severity", EVIL, "a"],
        &["completions", EVIL],
    ];
    for arguments in wrong {
        // Colours are the program's own; they are off for a pipe.
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(
            !is_raw(&stderr) && stderr.contains("u{1b}[2J"),
            "{arguments:?}: {stderr}"
        );
    }
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
