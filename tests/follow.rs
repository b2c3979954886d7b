//! `--follow`: findings are printed while the capture is still being written.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod exchange;
mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};

use program::{exchange, run, tcpcheck};

/// The program with a capture on its standard input that has not ended.
struct Followed {
    child: Child,
    /// Open until the capture ends.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Followed {
    fn with(options: &[&str], capture: &[u8]) -> Followed {
        let mut child = tcpcheck()
            .args(["--follow", "-"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(capture).unwrap();
        Followed {
            input: Some(input),
            output: BufReader::new(child.stdout.take().unwrap()),
            errors: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    /// Ends the capture.
    fn end_of_input(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        self.end()
    }

    /// Status and the rest of the output, once it ends.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    #[cfg(target_os = "linux")]
    fn wait_until_it_minds_interrupts(&self) {
        const INTERRUPT: u64 = 1 << 1;
        let status = format!("/proc/{}/status", self.child.id());
        let caught = || {
            let status = std::fs::read_to_string(&status).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            u64::from_str_radix(line.unwrap().trim(), 16).unwrap() & INTERRUPT != 0
        };
        while !caught() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    #[cfg(unix)]
    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-INT", &pid]).status().unwrap().success());
    }
}

/// What is found, without the time before it and its line's end.
fn of_the_bad_one(line: &str) -> bool {
    let (time, finding) = line.split_once(' ').unwrap();
    time.ends_with('Z')
        && finding.starts_with("error TD001 definite 10.0.0.1:")
        && finding.contains(" packet 5: ")
}

#[test]
fn findings_come_before_the_end() {
    let capture = exchange("exchanges/one-wrong-then-much-later");
    let mut followed = Followed::with(&[], &capture);
    let line = followed.line();
    assert!(of_the_bad_one(&line), "{line}");
    let (status, rest) = followed.end_of_input();
    assert_eq!(status, Some(1));
    assert!(rest.contains("in 1 of 2 connections"), "{rest}");
    assert!(rest.contains("Exit status 1."), "{rest}");
}

/// The first frames of a pcap file.
fn first_frames(count: usize, capture: &[u8]) -> &[u8] {
    let mut end = 24;
    for _ in 0..count {
        let len: [u8; 4] = capture[end + 8..end + 12].try_into().unwrap();
        end += 16 + usize::try_from(u32::from_le_bytes(len)).unwrap();
    }
    &capture[..end]
}

/// Time passes where nothing is captured: TIME-WAIT lasts a second here.
#[test]
fn silence_ends_connections_too() {
    let capture = exchange("exchanges/one-wrong-then-much-later");
    let mut followed = Followed::with(&["--msl", "0.5"], first_frames(7, &capture));
    let line = followed.line();
    assert!(of_the_bad_one(&line), "{line}");
    let rest = followed.end_of_input();
    assert!(rest.1.contains("only connection"), "{}", rest.1);
}

/// An interrupt is meant for the writer; a second one ends the capture here.
#[cfg(unix)]
#[test]
fn interrupts_end_the_capture_and_not_the_report() {
    let capture = exchange("exchanges/one-wrong-then-much-later");
    let mut followed = Followed::with(&[], &capture);
    assert!(of_the_bad_one(&followed.line()));
    followed.interrupt();
    let mut message = String::new();
    followed.errors.read_line(&mut message).unwrap();
    assert!(
        message.ends_with("waiting for the capture to end; interrupt once more to stop here\n"),
        "{message}"
    );
    followed.interrupt();
    let (status, rest) = followed.end();
    assert_eq!(status, Some(1));
    assert!(rest.contains("Exit status 1."), "{rest}");
}

/// Several captures are read as one: there is no end of it to be set.
#[cfg(target_os = "linux")]
#[test]
fn the_second_interrupt_ends_a_merge_at_once() {
    let capture = exchange("exchanges/one-wrong-then-much-later");
    let other = exchange_in_a_file("exchanges/mid-stream");
    let mut followed = Followed::with(&["--merge", other.path().to_str().unwrap()], &capture);
    followed.wait_until_it_minds_interrupts();
    followed.interrupt();
    let mut message = String::new();
    followed.errors.read_line(&mut message).unwrap();
    assert!(message.ends_with("stop without a report\n"), "{message}");
    followed.interrupt();
    let (status, rest) = followed.end();
    assert_eq!((status, &*rest), (None, ""));
}

#[cfg(target_os = "linux")]
fn exchange_in_a_file(name: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&exchange(name)).unwrap();
    file
}

#[test]
fn a_report_as_json_goes_to_a_file() {
    let (status, _, stderr) = run(&["--follow", "--format", "json", "a.pcap"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("-o FILE.json"), "{stderr}");
}
