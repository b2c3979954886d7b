//! The main job: settings from the arguments, captures through the checker,
//! reports to where they belong.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use clap::error::ErrorKind;

use super::annotate::{self, Annotation};
use super::args::{CheckArgs, Format};
use super::config::OfCapture;
use super::follow::Follower;
use super::given::Given;
use super::inputs::{Input, Inputs, Source, in_words};
use super::progress::Progress;
use super::{baseline, complain, config, expectations, interrupt, no_tcp, outputs, usage_error};
use crate::baseline::Books;
use crate::capture::CaptureFile;
use crate::capture::live::Live;
use crate::capture::merge::Origin;
use crate::check::{Checker, Job};
use crate::limits;
use crate::report::narrow::Narrowing;
use crate::report::text::Look;
use crate::settings::Settings;

/// For so long nothing need come before those connections are looked at that are over.
const PATIENCE: Duration = Duration::from_secs(1);

/// Exit status of a job that could not be done whole.
const NOT_WHOLE: u8 = 2;

/// Checks what the arguments say.
pub fn check(arguments: &CheckArgs, given: &Given) -> ExitCode {
    if arguments.config.show_config {
        return show_config(arguments, given);
    }
    let Prepared {
        inputs,
        configured,
        settings,
        baseline,
        narrowing,
    } = match prepare(arguments, given) {
        Ok(prepared) => prepared,
        Err(message) => return usage_error(ErrorKind::ValueValidation, &message),
    };
    let gate = &arguments.report;
    let several = inputs.list.len() > 1;
    let merged = arguments.capture.merge && several;
    let own = settings.first().cloned().unwrap_or_default();
    let mut checker = Checker::new(own).with_threads(threads(arguments.capture.threads));
    if let Some(baseline) = baseline {
        checker.compare(baseline);
    }
    let piped = inputs.list.iter().any(is_piped);
    let annotation = Annotation::of(arguments, &inputs, piped);
    let follower = gate.follow.then(Follower::default);
    if let Some(follower) = &follower {
        let narrowing = narrowing.clone();
        checker.tell(follower.listener(narrowing, gate.show.into(), several, gate.color.into()));
    }
    // Who follows a capture sees findings come.
    let progress = match gate.follow {
        true => None,
        false => Progress::on_terminal(total(&inputs).filter(|_| !merged)),
    };
    if let Some(progress) = &progress {
        checker.count(progress.packets());
    }
    let stop = Arc::new(AtomicBool::new(false));
    if piped
        && let Err(error) =
            interrupt::wait_for_the_writer((gate.follow && !merged).then(|| stop.clone()))
    {
        complain(&format!("an interrupt will end the program: {error}"));
    }
    if merged {
        checker.check_merged(inputs.list.iter().map(part).collect());
    } else {
        let stop = gate.follow.then_some(&stop);
        let each = inputs.list.iter().zip(&settings);
        let jobs = each.map(|(input, settings)| Job {
            settings: Some(settings.clone()),
            ..job(input, stop, annotation.as_ref(), progress.as_ref())
        });
        checker.check_each(jobs.collect());
    }
    drop(progress);
    let (mut report, gathered) = checker.finish_gathering();
    report.summary.skipped_files = inputs.skipped;
    for (capture, configured) in report.captures.iter_mut().zip(&configured) {
        capture.config = configured.report();
    }

    let errors = report.captures.iter().filter_map(|capture| {
        let error = capture.error.as_ref()?;
        Some(format!("{}: {error}", capture.path))
    });
    let mut messages: Vec<String> = errors.collect();
    let allowed: Vec<bool> = configured.iter().map(OfCapture::allows_no_tcp).collect();
    messages.extend(match (merged, allowed.first()) {
        (true, Some(true)) => Vec::new(),
        (true, _) => no_tcp::judge_merged(&mut report),
        (false, _) => no_tcp::judge(&mut report, &inputs, &allowed),
    });
    match expectations::judge(&mut report, &configured, merged) {
        Ok(unmet) => messages.extend(unmet),
        Err(error) => {
            complain(&format!("the report cannot be read back: {error}"));
            report.summary.exit_status = NOT_WHOLE;
        }
    }
    let whole = report.summary.exit_status != NOT_WHOLE;
    if let Err(message) = baseline::write(gathered, &mut report, whole) {
        messages.push(message);
        report.summary.exit_status = NOT_WHOLE;
    }

    let narrowed = report.narrow(narrowing);

    let mut status = report.summary.exit_status;
    if let Some(error) = follower.and_then(Follower::end) {
        complain(&format!("standard output cannot be written: {error}"));
        status = NOT_WHOLE;
    }
    // The text says it all itself; on a terminal it would stand there twice.
    let all_on_terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    if !(all_on_terminal && gate.format == Format::Text) {
        for message in &messages {
            complain(message);
        }
    }
    let look = Look {
        width: outputs::width(),
        show: gate.show.into(),
        ladder: gate.ladder,
        glyphs: outputs::glyphs(),
    };
    if let Err(error) = narrowed {
        complain(&format!("the report cannot be narrowed: {error}"));
        status = NOT_WHOLE;
    }
    for output in &gate.outputs {
        if let Err(error) = outputs::to_file(&report, output, &look) {
            complain(&format!("{error:#}"));
            status = NOT_WHOLE;
        }
    }
    if let Some(annotation) = &annotation
        && let Err(error) = annotation.write(&report, gate.show.into())
    {
        complain(&format!("{error:#}"));
        status = NOT_WHOLE;
    }
    // What is still to be written says how the run ends.
    report.summary.exit_status = status;
    if let Err(error) = outputs::to_stdout(&report, gate.format, &look, gate.color.into()) {
        complain(&format!("standard output cannot be written: {error}"));
        status = NOT_WHOLE;
    }
    ExitCode::from(status)
}

/// What there is before anything is read.
struct Prepared {
    inputs: Inputs,
    /// What is in force for each of them.
    configured: Vec<OfCapture>,
    /// The same for the checker.
    settings: Vec<Settings>,
    baseline: Option<Books>,
    narrowing: Narrowing,
}

/// Everything that can be wrong before anything is read.
fn prepare(arguments: &CheckArgs, given: &Given) -> Result<Prepared, String> {
    let narrowing = arguments.narrow.narrowing()?;
    if arguments.report.follow && !narrowing.connections.is_empty() {
        return Err("connections get their numbers at the end of the capture: --connection does not go with --follow".to_owned());
    }
    if arguments.report.ladder && !outputs::any_is_text(&arguments.report) {
        return Err(
            "--ladder draws in the text, and nothing is written as text; add `-o FILE.txt`"
                .to_owned(),
        );
    }
    let inputs = Inputs::find(&arguments.captures)?;
    let configured = config::of_inputs(arguments, given, &inputs)?;
    if arguments.report.follow && arguments.report.format != Format::Text {
        return Err(
            "--follow prints text; for another format add `-o FILE.json` or its like".to_owned(),
        );
    }
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
    if arguments.capture.merge {
        config::of_merged(&inputs, &configured)?;
    }
    annotate::refuse_unfit(arguments, &inputs)?;
    let reports = arguments.report.outputs.iter();
    let reports = reports.map(|output| output.path.as_path());
    outputs::refuse_unfit(reports.chain(arguments.report.annotate.as_deref()), &inputs)
        .map_err(|error| format!("{error:#}"))?;
    let baseline = baseline::prepare(arguments, &inputs)?;
    let settings = configured.iter().map(|configured| Settings {
        follow: arguments.report.follow,
        // What is compared, or counted among others, is wanted as a whole; and what is only counted
        // could not be shown by itself.
        rows_only: outputs::all_are_text(&arguments.report)
            && baseline.is_none()
            && configured.expectations.is_empty()
            && !arguments.report.ladder
            && arguments.report.annotate.is_none()
            && arguments.narrow.is_empty(),
        drawn: if outputs::any_is_drawn(&arguments.report) {
            limits::DRAWN_SEGMENTS
        } else {
            0
        },
        // Judged in `no_tcp`, which knows what was named.
        allow_no_tcp: true,
        ..configured.settings()
    });
    Ok(Prepared {
        settings: settings.collect(),
        inputs,
        configured,
        baseline,
        narrowing,
    })
}

/// Prints what is in force, and checks nothing.
fn show_config(arguments: &CheckArgs, given: &Given) -> ExitCode {
    let inputs = Inputs::find(&arguments.captures);
    let found = inputs.and_then(|inputs| {
        let configured = match inputs.list.is_empty() {
            true => vec![config::of_here(arguments, given)?],
            false => config::of_inputs(arguments, given, &inputs)?,
        };
        Ok((inputs, configured))
    });
    let (inputs, configured) = match found {
        Ok(found) => found,
        Err(message) => return usage_error(ErrorKind::ValueValidation, &message),
    };
    let printed = outputs::print(|out| config::show(&inputs, &configured, out));
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("standard output cannot be written: {error}"));
            ExitCode::from(NOT_WHOLE)
        }
    }
}

/// How many threads are to look at connections.
fn threads(asked: Option<NonZeroUsize>) -> usize {
    let all = || thread::available_parallelism().ok();
    asked.or_else(all).map_or(1, NonZeroUsize::get)
}

/// Whether somebody writes while it is read.
fn is_piped(input: &Input) -> bool {
    match &input.source {
        Source::Stdin => true,
        Source::File(path) => fs::metadata(path).is_ok_and(|found| !found.is_file()),
        Source::Nowhere(_) => false,
    }
}

/// One capture to be checked; `stop` is there for one that is followed.
fn job(
    input: &Input,
    stop: Option<&Arc<AtomicBool>>,
    annotation: Option<&Annotation>,
    progress: Option<&Progress>,
) -> Job {
    let source = input.source.clone();
    let stop = stop.filter(|_| is_piped(input)).cloned();
    let keep = annotation.map(Annotation::keeper);
    let counted = progress.map(Progress::counter);
    Job {
        name: input.name.clone(),
        len: len(input),
        settings: None,
        open: Box::new(move || {
            let opened = open(source)?;
            let opened = match keep {
                Some(keep) => keep(opened),
                None => opened,
            };
            let opened = match counted {
                Some(counted) => counted(opened),
                None => opened,
            };
            match stop {
                Some(stop) => followed(opened, &stop),
                None => Ok(opened),
            }
        }),
    }
}

/// Octets of a regular file.
fn len(input: &Input) -> Option<u64> {
    match &input.source {
        Source::File(path) => {
            let file = fs::metadata(path).ok().filter(fs::Metadata::is_file);
            file.map(|file| file.len())
        }
        Source::Stdin | Source::Nowhere(_) => None,
    }
}

/// Octets of all captures, where they are known.
fn total(inputs: &Inputs) -> Option<u64> {
    let can_be_read = |input: &&Input| !matches!(input.source, Source::Nowhere(_));
    inputs.list.iter().filter(can_be_read).map(len).sum()
}

fn open(source: Source) -> Result<Box<dyn Read + Send>, String> {
    match source {
        Source::Stdin => Ok(Box::new(io::stdin())),
        Source::File(path) => match CaptureFile::open(&path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(in_words(&error)),
        },
        Source::Nowhere(reason) => Err(reason),
    }
}

fn followed(
    source: Box<dyn Read + Send>,
    stop: &Arc<AtomicBool>,
) -> Result<Box<dyn Read + Send>, String> {
    match Live::new(source, PATIENCE, stop.clone()) {
        Ok(live) => Ok(Box::new(live)),
        Err(error) => Err(in_words(&error)),
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
