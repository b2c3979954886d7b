//! Which settings are in force for each capture: configuration files and the command line
//! brought together.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{CheckArgs, ConfigArgs};
use super::given::{Given, typed};
use super::inputs::{Input, Inputs, Source};
use crate::config::expect::Expectation;
use crate::config::file::Capture;
use crate::config::show::{self, Shown};
use crate::config::wishes::{Origin, Wishes};
use crate::config::{Config, InForce, find};
use crate::report::settled::{ConfigReport, IgnoredReport, OverrideReport};
use crate::settings::{FailOn, Settings};

/// What is in force for one capture.
#[derive(Clone, Debug)]
pub struct OfCapture {
    force: InForce,
    config: Option<Arc<Config>>,
    overrides: Vec<OverrideReport>,
    /// What is expected of it.
    pub expectations: Vec<Expectation>,
}

impl OfCapture {
    /// As the checker takes it.
    pub fn settings(&self) -> Settings {
        self.force.settings()
    }

    /// As it stands in the report.
    pub fn report(&self) -> Option<ConfigReport> {
        let config = self.config.as_ref()?;
        let ignored = self.force.ignore.iter().filter_map(|ignored| {
            let Origin::File { line, .. } = ignored.origin else {
                return None;
            };
            Some(IgnoredReport {
                rules: ignored.rules.iter().map(show::name).collect(),
                reason: ignored.reason.clone().unwrap_or_default(),
                line,
            })
        });
        Some(ConfigReport {
            file: config.name.to_string(),
            ignored: ignored.collect(),
            overrides: self.overrides.clone(),
        })
    }

    /// Whether a capture without TCP is no failure.
    pub fn allows_no_tcp(&self) -> bool {
        self.force.allow_no_tcp.value
    }

    /// Whether what is expected of it is to be met.
    pub fn can_fail(&self) -> bool {
        self.force.fail_on.value != FailOn::Never
    }

    fn file(&self) -> Option<&str> {
        self.config.as_ref().map(|config| &*config.name)
    }

    fn is_like(&self, other: &OfCapture) -> bool {
        self.file() == other.file()
            && self.overrides == other.overrides
            && self.force == other.force
            && self.expectations == other.expectations
    }
}

/// What is in force for each of the captures, in their order.
///
/// # Errors
/// A file or the command line is not as it should be.
pub fn of_inputs(
    arguments: &CheckArgs,
    given: &Given,
    inputs: &Inputs,
) -> Result<Vec<OfCapture>, String> {
    let typed = typed(arguments, given)?;
    let mut finder = Finder::new(&arguments.config)?;
    let places = inputs.list.iter().map(place);
    places.map(|place| finder.of(&place, &typed)).collect()
}

/// The same for a capture in the current folder, whatever its name.
///
/// # Errors
/// See [`of_inputs`].
pub fn of_here(arguments: &CheckArgs, given: &Given) -> Result<OfCapture, String> {
    let typed = typed(arguments, given)?;
    Finder::new(&arguments.config)?.of(&Place::here(""), &typed)
}

/// Settings under which captures are read as one.
///
/// # Errors
/// They are not the same for all.
pub fn of_merged(inputs: &Inputs, all: &[OfCapture]) -> Result<(), String> {
    let mut pairs = inputs.list.iter().zip(all);
    let Some((first, settings)) = pairs.next() else {
        return Ok(());
    };
    match pairs.find(|(_, other)| !settings.is_like(other)) {
        None => Ok(()),
        Some((other, _)) => Err(format!(
            "--merge reads captures as one, but '{}' and '{}' are configured differently \
             (--show-config tells); use --config FILE or --no-config",
            first.name, other.name
        )),
    }
}

/// Shows what is in force, once for all captures for which it is the same.
pub fn show(inputs: &Inputs, all: &[OfCapture], out: &mut dyn Write) -> io::Result<()> {
    let shown = match inputs.list.is_empty() {
        true => all.iter().map(|of| of.shown(Vec::new())).collect(),
        false => groups(inputs, all),
    };
    for (place, group) in shown.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        show::write(group, out)?;
    }
    Ok(())
}

fn groups<'a>(inputs: &'a Inputs, all: &'a [OfCapture]) -> Vec<Shown<'a>> {
    let mut groups: Vec<(&OfCapture, Vec<&str>)> = Vec::new();
    for (input, settings) in inputs.list.iter().zip(all) {
        match groups.iter_mut().find(|(of, _)| of.is_like(settings)) {
            Some((_, names)) => names.push(&input.name),
            None => groups.push((settings, vec![&input.name])),
        }
    }
    let shown = groups.into_iter().map(|(of, names)| of.shown(names));
    shown.collect()
}

impl OfCapture {
    fn shown<'a>(&'a self, captures: Vec<&'a str>) -> Shown<'a> {
        Shown {
            captures,
            file: self.file(),
            force: &self.force,
            overrides: &self.overrides,
            expectations: &self.expectations,
        }
    }
}

/// Where a capture lies.
struct Place {
    /// Its folder, in full.
    folder: PathBuf,
    name: PathBuf,
}

impl Place {
    fn here(name: &str) -> Place {
        Place {
            folder: here(),
            name: PathBuf::from(name),
        }
    }
}

fn here() -> PathBuf {
    env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

fn place(input: &Input) -> Place {
    let path = match &input.source {
        Source::Stdin => return Place::here("-"),
        Source::File(path) => path.as_path(),
        Source::Nowhere(_) => Path::new(&input.name),
    };
    let name = path.file_name().unwrap_or_default();
    Place {
        // A link lies where it was named.
        folder: fs::canonicalize(parent(path)).unwrap_or_else(|_| here()),
        name: PathBuf::from(name),
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Finds files and reads each once.
enum Finder {
    /// For all captures the same, or none.
    Fixed(Option<Arc<Config>>),
    /// By the folder of the capture, and by path.
    Search {
        folders: HashMap<PathBuf, Option<PathBuf>>,
        files: HashMap<PathBuf, Arc<Config>>,
    },
}

impl Finder {
    fn new(arguments: &ConfigArgs) -> Result<Finder, String> {
        Ok(match &arguments.config {
            Some(typed) => {
                let name = typed.to_string_lossy().into_owned();
                let mut config = Config::read(typed, name)?;
                if let Ok(folder) = fs::canonicalize(parent(typed)) {
                    config.folder = folder;
                }
                Finder::Fixed(Some(Arc::new(config)))
            }
            None if arguments.no_config => Finder::Fixed(None),
            None => Finder::Search {
                folders: HashMap::new(),
                files: HashMap::new(),
            },
        })
    }

    fn config(&mut self, folder: &Path) -> Result<Option<Arc<Config>>, String> {
        let (folders, files) = match self {
            Finder::Fixed(config) => return Ok(config.clone()),
            Finder::Search { folders, files } => (folders, files),
        };
        let found = folders
            .entry(folder.to_owned())
            .or_insert_with(|| find::nearest(folder));
        let Some(path) = found else {
            return Ok(None);
        };
        if let Some(config) = files.get(path) {
            return Ok(Some(config.clone()));
        }
        let config = Arc::new(Config::read(path, find::name(path, &here()))?);
        files.insert(path.clone(), config.clone());
        Ok(Some(config))
    }

    fn of(&mut self, place: &Place, typed: &Wishes) -> Result<OfCapture, String> {
        let config = self.config(&place.folder)?;
        let Some(config) = config else {
            return Ok(OfCapture {
                force: InForce::of([typed]),
                config: None,
                overrides: Vec::new(),
                expectations: Vec::new(),
            });
        };
        let path = place.folder.join(&place.name);
        let capture = Capture {
            below: path.strip_prefix(&config.folder).ok(),
            name: &place.name,
        };
        Ok(OfCapture {
            force: InForce::of(config.wishes(capture).chain([typed])),
            overrides: config.overrides(capture),
            expectations: config.expectations(capture).cloned().collect(),
            config: Some(config),
        })
    }
}
