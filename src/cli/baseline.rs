//! `--baseline` and `--write-baseline`.

use std::io::Write as _;
use std::path::Path;

use super::args::{CheckArgs, ConfigArgs, FailLevel};
use super::file_id::FileId;
use super::inputs::Inputs;
use super::outputs;
use crate::baseline::{Baseline, Books};
use crate::limits::FINDING_KINDS;
use crate::report::model::Report;

/// What findings are compared with, if with anything.
///
/// # Errors
/// It cannot be read, or could not be written.
pub fn prepare(arguments: &CheckArgs, inputs: &Inputs) -> Result<Option<Books>, String> {
    let ConfigArgs {
        baseline,
        write_baseline,
        ..
    } = &arguments.config;
    let name = |path: &Path| path.to_string_lossy().into_owned();
    if let Some(path) = baseline {
        let baseline = Baseline::read(path, name(path))?;
        return Ok(Some(Books::compared(baseline, name(path))));
    }
    let Some(path) = write_baseline else {
        return Ok(None);
    };
    let shown = path.display();
    if FileId::of(path).is_some_and(|file| inputs.read_from(&file)) {
        return Err(format!(
            "the baseline {shown} is one of the captures; choose another file"
        ));
    }
    let outputs = &arguments.report.outputs;
    if path.is_dir() || outputs.iter().any(|output| output.path == *path) {
        return Err(format!(
            "the baseline {shown} is a folder, or a report; choose another file"
        ));
    }
    if !outputs::directory_of(path).is_dir() {
        return Err(format!(
            "the baseline {shown} has no place to be written to"
        ));
    }
    if arguments.gate.fail_on == FailLevel::Never {
        return Err(
            "a baseline holds findings that fail a run, and with --fail-on never there are none"
                .to_owned(),
        );
    }
    Ok(Some(Books::gathered(name(path), FINDING_KINDS)))
}

/// Writes the baseline that was gathered.
///
/// # Errors
/// It could not be; the report says then that it was not.
pub fn write(
    gathered: Result<Option<Baseline>, String>,
    report: &mut Report,
    whole: bool,
) -> Result<(), String> {
    let Some(told) = &mut report.baseline else {
        return Ok(());
    };
    let written = match gathered {
        Ok(None) => return Ok(()),
        // What could not be read would all be new when it can be.
        Ok(Some(_)) if !whole => Err("not everything could be read".to_owned()),
        Ok(Some(baseline)) => outputs::replace(Path::new(&told.file), |mut file| {
            file.write_all(baseline.text().as_bytes())
        })
        .map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    told.written = written.is_ok();
    told.error = written.as_ref().err().cloned();
    written.map_err(|why| format!("the baseline {} is not written: {why}", told.file))
}
