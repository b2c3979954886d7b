//! The fuzz targets on a stable toolchain: over the committed corpus, and over
//! changed copies of it. `FUZZ_ROUNDS=100 cargo test --test fuzz` changes more,
//! `FUZZ_CORPUS=FOLDER` takes another corpus; `fuzz/README.md` tells of the targets.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod exchange;
#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use exchange::{Exchange, FileFormat, FileKind, Link};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// All octets in the corpus of a target, by name.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let corpus = std::env::var_os("FUZZ_CORPUS").map(PathBuf::from);
    let folder = corpus.unwrap_or_else(|| Path::new(ROOT).join("fuzz/seeds"));
    let folder = folder.join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    paths.into_iter().map(read).collect()
}

/// Some octets changed, doubled, left out, or taken from elsewhere.
fn mutate(data: &mut Vec<u8>, other: &[u8], random: &mut fastrand::Rng) {
    for _ in 0..random.usize(1..5) {
        let at = random.usize(0..=data.len());
        let end = (at + random.usize(0..16)).min(data.len());
        match random.u8(0..6) {
            0 => data.truncate(at),
            1 => drop(data.drain(at..end)),
            2 => {
                let from = random.usize(0..=other.len());
                let part = other[from..(from + 16).min(other.len())].to_vec();
                drop(data.splice(at..end, part));
            }
            3 => {
                let doubled = data[at..end].to_vec();
                drop(data.splice(at..at, doubled));
            }
            4 => data[at..end].fill(if random.bool() { 0 } else { 0xff }),
            _ => {
                if let Some(octet) = data.get_mut(at) {
                    *octet ^= 1 << random.u8(0..8);
                }
            }
        }
    }
}

/// Runs a target over its corpus as it is, and changed.
fn smoke(target: &str, run: fn(&[u8])) {
    let rounds = std::env::var("FUZZ_ROUNDS").map_or(2, |rounds| rounds.parse().unwrap());
    let corpus = corpus(target);
    let mut random = fastrand::Rng::with_seed(1);
    for (path, data) in &corpus {
        let told = Told(path, data.clone());
        run(&told.1);
        drop(told);
        for _ in 0..rounds {
            let mut changed = data.clone();
            let other = &corpus[random.usize(0..corpus.len())].1;
            mutate(&mut changed, other, &mut random);
            let told = Told(path, changed);
            run(&told.1);
        }
    }
}

/// Where a run ends badly, its input is written down.
struct Told<'a>(&'a Path, Vec<u8>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = self.0.file_name().unwrap_or_default().display();
            let path = std::env::temp_dir().join(format!("fuzz-{name}"));
            let written = fs::write(&path, &self.1);
            eprintln!(
                "{written:?}: the input, from {name}, stands in {}",
                path.display()
            );
        }
    }
}

#[test]
fn reader() {
    smoke("reader", targets::reader::run);
}

#[test]
fn decoder() {
    smoke("decoder", targets::decoder::run);
}

#[test]
fn options() {
    smoke("options", targets::options::run);
}

#[test]
fn machine() {
    smoke("machine", targets::machine::run);
}

#[test]
fn check() {
    smoke("check", targets::check::run);
}

/// A script says what the exchange said that it was made of.
#[test]
fn scripts_are_read_as_they_were_written() {
    for (name, exchange) in exchanges() {
        let script = targets::machine::script_of(&exchange.to_pcap());
        let read = targets::script::Script::read(&script.write());
        assert_eq!(read.steps.len(), script.steps.len().min(200), "{name}");
        for (read, written) in read.steps.iter().zip(&script.steps) {
            assert_eq!(read.what, written.what, "{name}");
        }
    }
}

fn exchanges() -> Vec<(String, Exchange)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join("testdata")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "exchange") {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                found.push((name, Exchange::read(&path)));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// A clock may step over all the years there are, between any two frames.
#[test]
fn years_may_pass_between_two_frames() {
    let rounds = std::env::var("FUZZ_ROUNDS").map_or(4, |rounds| rounds.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(1);
    for (_, exchange) in exchanges() {
        let script = targets::machine::script_of(&exchange.to_pcap());
        for round in 0..rounds {
            let mut script = script.clone();
            script.steps.truncate(60);
            let at = random.usize(0..script.steps.len());
            // It begins in 1969, or within seconds of the last time there is.
            script.capture = if random.bool() { 3 } else { 2 };
            script.steps[at].later_ns = match (script.capture, round % 2) {
                (3, 0) => i64::MAX,
                (3, _) => i64::MAX / 2,
                (_, 0) => i64::MIN,
                _ => i64::MIN / 2,
            };
            targets::machine::run_script(&script);
        }
    }
}

/// Writes the capture that an input of the target `machine` stands for.
#[test]
#[ignore = "SCRIPT=FILE cargo test --test fuzz -- --ignored script_as_capture writes FILE.pcapng"]
fn script_as_capture() {
    let path = PathBuf::from(std::env::var_os("SCRIPT").unwrap());
    let capture = targets::machine::capture(&fs::read(&path).unwrap());
    fs::write(path.with_extension("pcapng"), capture).unwrap();
}

/// Makes a first corpus of the test data, from which fuzzing goes on. See
/// `fuzz/README.md`.
#[test]
#[ignore = "writes fuzz/corpus"]
fn make_corpus() {
    let root = Path::new(ROOT).join("fuzz/corpus");
    let write = |target: &str, name: &str, octets: &[u8]| {
        let folder = root.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), octets).unwrap();
    };
    for (place, (name, exchange)) in exchanges().into_iter().enumerate() {
        let plain = exchange.to_pcap();
        let mut script = targets::machine::script_of(&plain);
        write("machine", &name, &script.write());
        // Settings, limits, shifts and times of other kinds, turn by turn.
        let turn = u8::try_from(place % 251).unwrap();
        script.settings = turn.wrapping_mul(37);
        script.shift = turn % 6;
        script.capture = turn.wrapping_mul(29) & 0x3f;
        script.again = turn % 8;
        write("machine", &format!("{name}-turned"), &script.write());
        for step in &script.steps {
            if let targets::script::What::Segment(segment) = &step.what
                && !segment.options.is_empty()
            {
                let octets = [&[turn], segment.options.as_slice()].concat();
                write("options", &format!("{name}-{}", octets.len()), &octets);
            }
        }
        let link = Link::ALL[place % Link::ALL.len()];
        let version = if place % 4 == 3 { 6 } else { 4 };
        let exchange = exchange.with_link(link).with_ip(version);
        let mut frames = Vec::new();
        for frame in exchange.frames().iter().take(24) {
            let link = u16::try_from(link.number()).unwrap();
            targets::decoder::write(link, &frame.bytes, &mut frames);
        }
        write("decoder", &name, &frames);
        let format = FileFormat {
            kind: if place % 2 == 0 {
                FileKind::PcapNg
            } else {
                FileKind::Pcap
            },
            nanoseconds: place % 3 == 0,
            big_endian: place % 5 == 0,
            snap_length: (place % 7 == 0).then_some(60),
        };
        let capture = exchange.with_file(format).to_pcap();
        if capture.len() <= 4096 {
            write("check", &name, &capture);
            if place % 8 == 0 {
                write("reader", &name, &capture);
            }
        }
    }
    for name in ["refused.pcap.xz", "refused.pcap.zst"] {
        let packed = fs::read(Path::new(ROOT).join("testdata/compressed").join(name)).unwrap();
        write("reader", name, &packed);
    }
    let refused = fs::read(Path::new(ROOT).join("testdata/lab/refused.pcap")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, &refused).unwrap();
    write("reader", "refused.pcap.gz", &gzip.finish().unwrap());
}
