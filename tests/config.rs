//! Configuration files, expected connections and baselines, as users meet them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod exchange;
mod program;

use std::fs;
use std::path::Path;

use program::{directory, exchange, lab, outcome, run_in, tcpcheck};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with a capture in which HS001 fires, and a clean one, both in a folder of a repository.
fn project(config: &str) -> TempDir {
    let project = directory(&[("tcpcheck.toml", config.as_bytes())]);
    let root = project.path();
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::create_dir_all(root.join("caps/old")).unwrap();
    let bad = exchange("rules/HS/HS001-fires");
    fs::write(root.join("caps/bad.pcap"), &bad).unwrap();
    fs::write(root.join("caps/old/bad.pcap"), &bad).unwrap();
    fs::copy(lab("four-segment-close"), root.join("caps/good.pcap")).unwrap();
    project
}

fn json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let (status, stdout, stderr) = run_in(folder, &[&["--format", "json"], arguments].concat());
    let report = serde_json::from_str(&stdout);
    (status, report.unwrap_or_else(|_| panic!("{stderr}")))
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

const IGNORE: &str = "[[ignore]]\nrules = ['HS001']\nreason = 'Known of this stack.'\n";

#[test]
fn a_file_above_the_capture_is_in_force() {
    let project = project(IGNORE);
    let root = project.path();
    // From wherever it is called.
    for (folder, path, file) in [
        (root.to_owned(), "caps/bad.pcap", "tcpcheck.toml"),
        (root.join("caps"), "bad.pcap", "../tcpcheck.toml"),
        (root.join("caps/old"), "bad.pcap", "../../tcpcheck.toml"),
    ] {
        let (status, report) = json(&folder, &[path]);
        assert_eq!(status, 0, "{path}");
        let config = &report["captures"][0]["config"];
        assert_eq!(config["file"], file);
        let ignored = &config["ignored"][0];
        assert_eq!(ignored["rules"][0], "HS001");
        assert_eq!(ignored["reason"], "Known of this stack.");
        assert_eq!(ignored["line"], 1);
    }
    let (_, text, _) = run_in(root, &["caps/bad.pcap"]);
    assert!(text.contains("Configured by tcpcheck.toml\n  ignored HS001: Known of this stack."));

    let (status, report) = json(root, &["--no-config", "caps/bad.pcap"]);
    assert_eq!(
        (status, &report["captures"][0]["config"]),
        (1, &Value::Null)
    );
    // The command line wins: who names a rule wants to see it.
    assert_eq!(json(root, &["--select", "HS001", "caps/bad.pcap"]).0, 1);
    assert_eq!(json(root, &["--select", "HS", "caps/bad.pcap"]).0, 0);
    // Outside of the repository the file is not looked for.
    fs::create_dir_all(root.join("caps/inner/.git")).unwrap();
    fs::copy(root.join("caps/bad.pcap"), root.join("caps/inner/bad.pcap")).unwrap();
    assert_eq!(json(root, &["caps/inner/bad.pcap"]).0, 1);
    // It can be given all the same.
    let given = ["--config", "tcpcheck.toml", "caps/inner/bad.pcap"];
    assert_eq!(json(root, &given).0, 0);
}

#[test]
fn captures_of_one_run_have_each_their_own() {
    let project = project("profile = 'textbook'\n");
    let root = project.path();
    fs::write(root.join("caps/old/tcpcheck.toml"), IGNORE).unwrap();
    for threads in ["1", "3"] {
        let arguments = [
            "--threads",
            threads,
            "caps/bad.pcap",
            "caps/old",
            "caps/good.pcap",
        ];
        let (status, report) = json(root, &arguments);
        assert_eq!(status, 1);
        assert_eq!(rules(&report).iter().filter(|r| **r == "HS001").count(), 1);
        assert_eq!(report["profile"], "mixed");
        let profiles = [0, 1, 2].map(|place| report["captures"][place]["profile"].clone());
        assert_eq!(profiles, ["textbook", "rfc", "textbook"]);
        assert_eq!(
            report["captures"][1]["config"]["file"],
            "caps/old/tcpcheck.toml"
        );
    }
    // What is read as one has one configuration.
    let (status, _, stderr) = run_in(root, &["--merge", "caps/bad.pcap", "caps/old/bad.pcap"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("configured differently"), "{stderr}");
    let together = [
        "--merge",
        "--config",
        "tcpcheck.toml",
        "caps/good.pcap",
        "caps/bad.pcap",
    ];
    assert_eq!(json(root, &together).0, 1);
}

#[test]
fn paths_have_other_settings() {
    let project = project(
        "[[override]]\npaths = ['caps/old/']\nreason = 'Before the fix.'\nfail-on = 'never'\n\
         [[override]]\npaths = ['good.*']\nreason = 'For a lesson.'\nprofile = 'textbook'\n",
    );
    let root = project.path();
    let (status, report) = json(root, &["caps/old", "caps/good.pcap"]);
    assert_eq!(status, 0);
    assert!(rules(&report).contains(&"HS001"));
    let overrides = |place: usize| report["captures"][place]["config"]["overrides"].clone();
    assert_eq!(overrides(0)[0]["reason"], "Before the fix.");
    assert_eq!(overrides(1)[0]["paths"][0], "good.*");
    assert_eq!(json(root, &["caps/bad.pcap", "caps/old"]).0, 1);
    // What is typed wins.
    assert_eq!(json(root, &["--fail-on", "error", "caps/old"]).0, 1);
    let profile = |report: &Value| report["captures"][0]["profile"].clone();
    assert_eq!(profile(&json(root, &["caps/good.pcap"]).1), "textbook");
    let typed = json(root, &["--profile", "rfc", "caps/good.pcap"]).1;
    assert_eq!(profile(&typed), "rfc");
}

#[test]
fn a_capture_without_tcp_may_be_allowed_by_the_file() {
    let project = project("[[override]]\npaths = ['udp*']\nreason = 'DNS.'\nallow-no-tcp = true\n");
    let root = project.path();
    for name in ["udp.pcap", "other.pcap"] {
        fs::write(root.join(name), program::capture_without_tcp()).unwrap();
    }
    assert_eq!(json(root, &["udp.pcap"]).0, 0);
    assert_eq!(json(root, &["udp.pcap", "other.pcap"]).0, 2);
    assert_eq!(json(root, &["--allow-no-tcp", "other.pcap"]).0, 0);
}

#[test]
fn what_is_wrong_with_a_file_is_said_before_anything_is_read() {
    let project = project("profile = 'textbook'\n\nfail_on = 'error'\n");
    let root = project.path();
    let (status, stdout, stderr) = run_in(root, &["caps/bad.pcap"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    let expected = "tcpcheck.toml:3:1: unknown key 'fail_on'; did you mean 'fail-on'?";
    assert!(stderr.contains(expected), "{stderr}");
    let (status, _, stderr) = run_in(root, &["--config", "nowhere.toml", "caps/bad.pcap"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("nowhere.toml cannot be read"), "{stderr}");
    let both = ["--config", "x.toml", "--no-config", "caps/bad.pcap"];
    assert_eq!(run_in(root, &both).0, 2);
}

#[test]
fn the_settings_in_force_are_shown() {
    let project = project(
        "msl = 5\n[[override]]\npaths = ['old/', 'caps/old/*']\nreason = 'Old.'\n\
         fail-on = 'error'\n[[expect]]\nport = 80\n",
    );
    let root = project.path();
    let (status, shown, _) = run_in(
        root,
        &["--show-config", "--fail-certainty", "definite", "caps"],
    );
    assert_eq!(status, 0);
    insta::assert_snapshot!("show_config", shown);
    let (status, here, _) = run_in(root, &["--show-config"]);
    assert!(
        status == 0 && here.contains("msl               5                     tcpcheck.toml:1")
    );
    let (_, none, _) = run_in(root, &["--show-config", "--no-config", "caps"]);
    assert!(
        none.contains("no configuration file") && !none.contains("toml"),
        "{none}"
    );
}

#[test]
fn standard_input_is_configured_by_the_current_folder() {
    let project = project("[[override]]\npaths = ['-']\nreason = 'Live.'\nfail-on = 'never'\n");
    let root = project.path();
    let output = tcpcheck()
        .current_dir(root.join("caps/old"))
        .arg("-")
        .stdin(fs::File::open(root.join("caps/bad.pcap")).unwrap())
        .output()
        .unwrap();
    assert_eq!(outcome(&output).0, 0);
}

#[test]
fn what_is_expected_must_be_there() {
    let project = project(
        "[[expect]]\npaths = ['good.pcap']\nserver = '10.1.0.0/16'\nport = 8080\n\
         opening = 'three-way'\nclosing = ['four-way']\nclient-state = 'TIME-WAIT'\n\
         [[expect]]\nname = 'the second one, too'\npaths = ['good.pcap']\nat-least = 2\n\
         [[expect]]\nhost = '203.0.113.1'\nat-most = 0\n",
    );
    let root = project.path();
    for format in [&[] as &[&str], &["--format", "json"]] {
        // Also where only rows are wanted.
        let (status, _, stderr) = run_in(root, &[format, &["caps/good.pcap"]].concat());
        assert_eq!(status, 1);
        let expected = "caps/good.pcap: the second one, too: expected at least 2 connections of \
                        any kind, but there is 1 (tcpcheck.toml:8).";
        assert!(stderr.contains(expected), "{stderr}");
    }
    let (_, report) = json(root, &["caps/good.pcap"]);
    let met: Vec<_> = report["expectations"].as_array().unwrap().iter().collect();
    let met: Vec<_> = met.iter().map(|one| (&one["met"], &one["found"])).collect();
    assert_eq!(
        met,
        [
            (&true.into(), &1.into()),
            (&false.into(), &1.into()),
            (&true.into(), &0.into())
        ]
    );
    assert_eq!(report["summary"]["unmet_expectations"], 1);
    let (_, text, _) = run_in(root, &["caps/good.pcap"]);
    assert!(
        text.starts_with(
            "TCP was spoken correctly in the only connection; 1 expectation is not met."
        ),
        "{text}"
    );
    // The last one only.
    assert_eq!(json(root, &["--ignore", "HS001", "caps/bad.pcap"]).0, 0);
    assert_eq!(json(root, &["--fail-on", "never", "caps/good.pcap"]).0, 0);
    // What is given twice is there once in each.
    let (_, twice) = json(root, &["caps/good.pcap", "caps/good.pcap"]);
    assert!(
        twice["expectations"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["found"] != 2)
    );
    // Of captures that are read as one, all count.
    let merged = [
        "--merge",
        "--allow-no-tcp",
        "--no-config",
        "caps/good.pcap",
        "caps/bad.pcap",
    ];
    assert_eq!(
        json(root, &merged).1["expectations"],
        Value::Array(Vec::new())
    );
    fs::write(
        root.join("two.toml"),
        "[[expect]]\nat-least = 2\nat-most = 2\n",
    )
    .unwrap();
    let merged = [
        "--merge",
        "--config",
        "two.toml",
        "caps/good.pcap",
        "caps/bad.pcap",
    ];
    let (_, report) = json(root, &merged);
    let one = &report["expectations"][0];
    assert_eq!(
        (&one["met"], &one["capture"]),
        (&true.into(), &Value::Null),
        "{one}"
    );
}

#[test]
fn only_new_findings_fail() {
    let project = project("");
    let root = project.path();
    let write = ["--write-baseline", "known.toml", "caps/bad.pcap"];
    let (status, text, _) = run_in(root, &write);
    assert_eq!(status, 0);
    assert!(
        text.contains("written: 1 finding is known from now on"),
        "{text}"
    );
    let written = fs::read_to_string(root.join("known.toml")).unwrap();
    let line =
        "{ capture = \"bad\", rule = \"HS001\", endpoint = \"server\", port = 80, count = 1 }";
    assert!(written.contains(line), "{written}");

    let (status, report) = json(root, &["--baseline", "known.toml", "caps/bad.pcap"]);
    assert_eq!(status, 0);
    assert_eq!(report["baseline"]["known"], 1);
    assert_eq!(report["summary"]["known_findings"], 1);
    assert_eq!(report["summary"]["failing_findings"], 0);
    let known: Vec<_> = report["findings"].as_array().unwrap().iter().collect();
    assert!(
        known
            .iter()
            .all(|f| f["known"] == (f["rule"] == "HS001") && f["fails"] == false)
    );
    let (_, without) = json(root, &["caps/bad.pcap"]);
    let without = without["findings"].as_array().unwrap();
    assert!(without.iter().all(|f| f["fails"] == (f["rule"] == "HS001")));
    let (_, text, _) = run_in(root, &["--baseline", "known.toml", "caps/bad.pcap"]);
    assert!(text.contains("definite, known"), "{text}");
    assert!(
        text.contains("the only finding\nthat would fail the run is known"),
        "{text}"
    );

    // A second one of the same kind is new, and so is one in a capture of another name.
    fs::write(root.join("caps/new.pcap"), exchange("rules/HS/HS001-fires")).unwrap();
    for more in ["caps/old/bad.pcap", "caps/new.pcap"] {
        let (status, report) = json(root, &["--baseline", "known.toml", "caps/bad.pcap", more]);
        assert_eq!(
            (status, &report["summary"]["failing_findings"]),
            (1, &1.into()),
            "{more}"
        );
    }
    // What is gone is told, if it was looked for.
    fs::copy(root.join("caps/good.pcap"), root.join("caps/old/bad.pcap")).unwrap();
    let (status, report) = json(root, &["--baseline", "known.toml", "caps/old"]);
    assert_eq!(
        (status, &report["baseline"]["stale"][0]["rule"]),
        (0, &"HS001".into())
    );
    let (_, text, _) = run_in(root, &["--baseline", "known.toml", "caps/old"]);
    assert!(
        text.contains("stale HS001, server, port 80, in bad"),
        "{text}"
    );
    for narrow in [
        &["--select", "TD", "caps/old"],
        &["--fail-on", "error", "caps/good.pcap"],
    ] {
        let (_, report) = json(
            root,
            &[&["--baseline", "known.toml"], narrow.as_slice()].concat(),
        );
        assert_eq!(report["baseline"]["not_looked_for"], 1, "{narrow:?}");
        assert_eq!(report["baseline"]["stale"], Value::Array(Vec::new()));
    }
}

#[test]
fn a_baseline_is_written_whole_or_not_at_all() {
    let project = project("");
    let root = project.path();
    fs::write(root.join("known.toml"), "as before").unwrap();
    let missing = [
        "--write-baseline",
        "known.toml",
        "caps/bad.pcap",
        "caps/gone.pcap",
    ];
    let (status, text, stderr) = run_in(root, &missing);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("known.toml is not written: not everything could be read"),
        "{stderr}"
    );
    assert!(
        text.contains("not written: not everything could be read"),
        "{text}"
    );
    assert_eq!(
        fs::read_to_string(root.join("known.toml")).unwrap(),
        "as before"
    );

    let refused: [(&[&str], &str); 5] = [
        (
            &["--write-baseline", "caps/bad.pcap"],
            "is one of the captures",
        ),
        (&["--write-baseline", "caps"], "is a folder"),
        (&["--write-baseline", "no/where.toml"], "has no place"),
        (
            &["--write-baseline", "x", "--fail-on", "never"],
            "there are none",
        ),
        (&["--baseline", "known.toml"], "known.toml:1:"),
    ];
    for (arguments, hint) in refused {
        let (status, _, stderr) = run_in(root, &[arguments, &["caps/bad.pcap"]].concat());
        assert_eq!(status, 2);
        assert!(stderr.contains(hint), "{arguments:?}: {stderr}");
    }
    let both = ["--baseline", "a", "--write-baseline", "b", "caps/bad.pcap"];
    assert_eq!(run_in(root, &both).0, 2);
}

/// The same conversation, captured anew: other times, other numbers, other addresses.
#[test]
fn a_fingerprint_is_the_same_in_the_next_capture() {
    let text = fs::read_to_string(program::testdata("rules/HS/HS001-fires.exchange")).unwrap();
    let prints = |octets: &[u8]| {
        let folder = directory(&[("a.pcap", octets)]);
        let (_, report) = json(folder.path(), &["a.pcap"]);
        let findings = report["findings"].as_array().unwrap().iter();
        let prints = findings.map(|f| f["fingerprint"].as_str().unwrap().to_owned());
        prints.collect::<Vec<_>>()
    };
    let first = exchange::Exchange::read(program::testdata("rules/HS/HS001-fires.exchange"));
    let mut second = first.to_pcap();
    // A second later: the seconds of each record behind the header of the file.
    let mut place = 24;
    while place + 16 <= second.len() {
        let word =
            |at: usize, octets: &[u8]| u32::from_be_bytes(octets[at..at + 4].try_into().unwrap());
        let little = second[0] != 0xa1;
        let len = match little {
            true => word(place + 8, &second).swap_bytes(),
            false => word(place + 8, &second),
        };
        let last = if little { place } else { place + 3 };
        second[last] = second[last].wrapping_add(1);
        place += 16 + len as usize;
    }
    assert_ne!(first.to_pcap(), second, "{text}");
    assert!(!prints(&second).is_empty());
    assert_eq!(prints(&first.to_pcap()), prints(&second));
}

/// What the documents show is read as they say.
#[test]
fn the_documents_show_files_that_are_read() {
    let shown = |document: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(document);
        let text = fs::read_to_string(path).unwrap();
        let (_, rest) = text.split_once("```toml\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let project = project(&shown("configuration.md"));
    let root = project.path();
    let (status, stdout, stderr) = run_in(root, &["--show-config", "caps"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    for line in [
        "RT010/below-two-hours",
        "HS012 = error",
        "RT004/timeout = warning",
    ] {
        assert!(stdout.contains(line), "{stdout}");
    }
    fs::write(root.join("known.toml"), shown("baseline.md")).unwrap();
    let known = ["--no-config", "--baseline", "known.toml", "caps/good.pcap"];
    assert_eq!(json(root, &known).1["baseline"]["not_looked_for"], 1);
}

/// Captures beside each other are compared with one baseline, whoever is ready first.
#[test]
fn threads_make_no_difference_to_a_baseline() {
    let project = project("");
    let root = project.path();
    let names: Vec<String> = (0..12)
        .map(|number| format!("caps/{}.pcap", number % 5))
        .collect();
    for name in &names {
        fs::copy(root.join("caps/bad.pcap"), root.join(name)).unwrap();
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let written = [&["--write-baseline", "known.toml"], &names[..7]].concat();
    assert_eq!(run_in(root, &written).0, 0);
    let report = |threads| {
        let options = [
            "--format",
            "json",
            "--baseline",
            "known.toml",
            "--threads",
            threads,
        ];
        run_in(root, &[&options, names.as_slice()].concat())
    };
    let (status, one, _) = report("1");
    let counted: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(status, 1);
    assert_eq!(counted["summary"]["known_findings"], 7);
    assert_eq!(counted["summary"]["failing_findings"], 5);
    for threads in ["2", "4"] {
        assert_eq!(report(threads).1, one);
    }
}
