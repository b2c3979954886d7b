//! The main job: settings from the arguments, captures through the checker,
//! reports to where they belong.

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use clap::error::ErrorKind;

use super::args::{CheckArgs, Format, JudgeArgs};
use super::inputs::{Input, Inputs, Source, in_words};
use super::{codes, complain, no_tcp, outputs, usage_error};
use crate::capture::CaptureFile;
use crate::capture::merge::Origin;
use crate::check::Checker;
use crate::rules::RULES;
use crate::settings::Settings;

/// Exit status of a job that could not be done whole.
const NOT_WHOLE: u8 = 2;

/// Checks what the arguments say.
pub fn check(arguments: &CheckArgs) -> ExitCode {
    let (settings, inputs) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(message) => return usage_error(ErrorKind::ValueValidation, &message),
    };
    let mut checker = Checker::new(settings);
    let merged = arguments.capture.merge && inputs.list.len() > 1;
    if merged {
        checker.check_merged(inputs.list.iter().map(part).collect());
    } else {
        for input in &inputs.list {
            read(&mut checker, input);
        }
    }
    let mut report = checker.finish();
    report.summary.skipped_files = inputs.skipped;

    let errors = report.captures.iter().filter_map(|capture| {
        let error = capture.error.as_ref()?;
        Some(format!("{}: {error}", capture.path))
    });
    let mut messages: Vec<String> = errors.collect();
    if !arguments.capture.allow_no_tcp {
        messages.extend(if merged {
            no_tcp::judge_merged(&mut report)
        } else {
            no_tcp::judge(&mut report, &inputs)
        });
    }

    let gate = &arguments.report;
    let mut status = report.summary.exit_status;
    // The text says it all itself; on a terminal it would stand there twice.
    let all_on_terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    if !(all_on_terminal && gate.format == Format::Text) {
        for message in &messages {
            complain(message);
        }
    }
    for output in &gate.outputs {
        if let Err(error) = outputs::to_file(&report, output, gate.show.into()) {
            complain(&format!("{error:#}"));
            status = NOT_WHOLE;
        }
    }
    if let Err(error) =
        outputs::to_stdout(&report, gate.format, gate.show.into(), gate.color.into())
    {
        complain(&format!("standard output cannot be written: {error}"));
        status = NOT_WHOLE;
    }
    ExitCode::from(status)
}

/// Everything that can be wrong before anything is read.
fn prepare(arguments: &CheckArgs) -> Result<(Settings, Inputs), String> {
    let settings = settings(arguments)?;
    let inputs = Inputs::find(&arguments.captures)?;
    let reads_stdin = inputs
        .list
        .iter()
        .any(|input| input.source == Source::Stdin);
    if reads_stdin && io::stdin().is_terminal() {
        return Err("standard input is a terminal; pipe a capture into it".to_owned());
    }
    if arguments.capture.merge
        && let Some(name) = inputs.given_twice()
    {
        return Err(format!(
            "'{name}' is given twice, but --merge joins each file once"
        ));
    }
    outputs::refuse_unfit(&arguments.report.outputs, &inputs)
        .map_err(|error| format!("{error:#}"))?;
    Ok((settings, inputs))
}

fn settings(arguments: &CheckArgs) -> Result<Settings, String> {
    let JudgeArgs {
        profile,
        select,
        ignore,
        severities,
        msl,
    } = &arguments.judge;
    let select = match select.as_slice() {
        [] => None,
        words => Some(codes::resolve(&RULES, words)?),
    };
    Ok(Settings {
        profile: (*profile).into(),
        msl_ns: *msl,
        vantage: arguments.capture.vantage,
        lossless: arguments.capture.lossless,
        select,
        ignore: codes::resolve(&RULES, ignore)?,
        severities: codes::severities(&RULES, severities)?,
        fail_on: arguments.gate.fail_on.into(),
        fail_certainty: arguments.gate.fail_certainty.into(),
        fail_on_withheld: arguments.gate.fail_on_withheld,
        allow_truncated: arguments.capture.allow_truncated,
        // Judged in `no_tcp`, which knows what was named.
        allow_no_tcp: true,
    })
}

fn read(checker: &mut Checker, input: &Input) {
    let opened: Result<Box<dyn Read + Send>, String> = match &input.source {
        Source::Stdin => Ok(Box::new(io::stdin())),
        Source::File(path) => match CaptureFile::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(in_words(&error)),
        },
        Source::Nowhere(reason) => Err(reason.clone()),
    };
    match opened {
        Ok(source) => checker.check(&input.name, source),
        Err(reason) => checker.unreadable(&input.name, &reason),
    }
}

/// A capture that is read as one with others.
fn part(input: &Input) -> (String, Origin) {
    let origin = match &input.source {
        Source::Stdin => Origin::Stream(Box::new(io::stdin())),
        Source::File(path) => Origin::File(path.clone()),
        Source::Nowhere(reason) => Origin::Nowhere(io::Error::other(reason.clone())),
    };
    (input.name.clone(), origin)
}
