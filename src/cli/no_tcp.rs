//! A capture without TCP must not let a gate pass: each file that was named
//! needs some, and a directory or a merge as a whole.
//!
//! Only the command line knows which files were named and which came from a
//! directory; that is why this is not left to the [`Checker`](crate::check::Checker).

use super::inputs::{Input, Inputs};
use crate::decode::Undecoded;
use crate::report::model::{CaptureReport, Report};

/// Exit status of a job that could not be done whole.
const NOT_WHOLE: u8 = 2;

/// Finds named files and directories without TCP, where that is not `allowed`, sets the exit status, and
/// returns the messages for standard error.
pub fn judge(report: &mut Report, inputs: &Inputs, allowed: &[bool]) -> Vec<String> {
    let mut messages = Vec::new();
    let captures = inputs.list.iter().zip(&mut report.captures);
    for ((input, capture), allowed) in captures.zip(allowed) {
        if input.directory.is_none() && !allowed && is_without(capture) {
            let reason = format!(
                "{}; if that is as it should be, use --allow-no-tcp",
                what_is_missing(capture)
            );
            messages.push(format!("{}: {reason}", input.name));
            capture.error = Some(reason);
        }
    }
    for (index, directory) in inputs.directories.iter().enumerate() {
        let of_directory = |input: &Input| input.directory == Some(index);
        let mut choices = inputs.list.iter().zip(allowed);
        if choices.any(|(input, allowed)| of_directory(input) && *allowed) {
            continue;
        }
        let mut captures: Vec<&mut CaptureReport> = (inputs.list.iter())
            .zip(&mut report.captures)
            .filter_map(|(input, capture)| of_directory(input).then_some(capture))
            .collect();
        // Where nothing could be read at all, that has been said.
        let all_without = captures.iter().all(|capture| capture.tcp_segments == 0);
        let mut readable = captures
            .iter_mut()
            .filter(|capture| is_without(capture))
            .peekable();
        if !all_without || readable.peek().is_none() {
            continue;
        }
        messages.push(format!(
            "{directory}: there is no TCP in any capture of this directory; if that is as it \
             should be, use --allow-no-tcp"
        ));
        for capture in readable {
            capture.error = Some(format!(
                "no TCP in it, nor in another capture of {directory}"
            ));
        }
    }
    if !messages.is_empty() {
        report.summary.exit_status = NOT_WHOLE;
    }
    messages
}

/// The same for captures that are read as one, which need some in one of them.
pub fn judge_merged(report: &mut Report) -> Vec<String> {
    if report
        .captures
        .iter()
        .any(|capture| capture.tcp_segments > 0)
    {
        return Vec::new();
    }
    let mut messages = Vec::new();
    for capture in report.captures.iter_mut().filter(|c| is_without(c)) {
        let reason = format!("{}, nor in the others", what_is_missing(capture));
        messages.push(format!(
            "{}: {reason}; if that is as it should be, use --allow-no-tcp",
            capture.path
        ));
        capture.error = Some(reason);
    }
    report.summary.exit_status = NOT_WHOLE;
    messages
}

fn what_is_missing(capture: &CaptureReport) -> String {
    let unsupported = Undecoded::LinkTypeUnsupported.as_str();
    if capture.packets == 0 {
        "there is no packet in it".to_owned()
    } else if capture.undecoded.get(unsupported) == Some(&capture.packets) {
        format!(
            "no TCP could be found in it, as packets of link type {} are not understood",
            capture.link_types.join(", ")
        )
    } else {
        "there is no TCP in it".to_owned()
    }
}

/// Read, but without TCP; what could not be read has its own error.
fn is_without(capture: &CaptureReport) -> bool {
    capture.tcp_segments == 0 && capture.error.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::inputs::Source;
    use crate::report::sample;

    /// A report with a capture for each number of segments, `None` for one
    /// that could not be read.
    fn run(captures: &[(Option<usize>, Option<u64>)]) -> (Vec<String>, Report) {
        let mut report = sample::set_aside(sample::empty());
        let mut inputs = Inputs {
            directories: vec!["d".into(), "e".into()],
            ..Inputs::default()
        };
        for (number, (directory, segments)) in captures.iter().enumerate() {
            let name = format!("{number}.pcap");
            let mut capture = sample::capture(&name);
            capture.tcp_segments = segments.unwrap_or_default();
            capture.error = segments.is_none().then(|| "unreadable".to_owned());
            report.captures.push(capture);
            let source = Source::Stdin;
            inputs.list.push(Input {
                name,
                source,
                directory: *directory,
            });
        }
        let allowed = vec![false; inputs.list.len()];
        (judge(&mut report, &inputs, &allowed), report)
    }

    #[test]
    fn a_named_file_needs_tcp() {
        let (messages, report) = run(&[(None, Some(1)), (None, Some(0)), (None, None)]);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("1.pcap: there is no TCP in it"));
        assert_eq!(report.summary.exit_status, 2);
        assert_eq!(report.captures[0].error, None);
    }

    #[test]
    fn a_directory_needs_tcp_somewhere() {
        let (messages, report) = run(&[(Some(0), Some(0)), (Some(0), Some(1))]);
        assert_eq!((messages.len(), report.summary.exit_status), (0, 0));

        let (messages, report) = run(&[(Some(0), Some(1)), (Some(1), Some(0)), (Some(1), None)]);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("e: there is no TCP in any capture"));
        assert_eq!(report.summary.exit_status, 2);
        assert_eq!(report.captures[2].error.as_deref(), Some("unreadable"));
    }

    #[test]
    fn a_merge_needs_tcp_somewhere() {
        let merged = |captures: &[Option<u64>]| {
            let captures: Vec<_> = captures.iter().map(|segments| (None, *segments)).collect();
            let (_, mut report) = run(&captures);
            report.summary.exit_status = 0;
            report.captures.iter_mut().for_each(|c| c.error = None);
            (judge_merged(&mut report), report.summary.exit_status)
        };
        assert_eq!(merged(&[Some(0), Some(1)]), (Vec::new(), 0));
        let (messages, status) = merged(&[Some(0), Some(0)]);
        assert_eq!((messages.len(), status), (2, 2));
        assert!(messages[1].starts_with("1.pcap: there is no TCP in it, nor in the others; if"));
    }

    #[test]
    fn what_cannot_be_read_is_said_once() {
        assert!(run(&[(Some(0), None)]).0.is_empty());
    }
}
