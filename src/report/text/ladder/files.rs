//! Frames of several files.

use crate::finding::CaptureName;
use crate::report::drawing::{Drawing, Frame};

/// The files with segments of a connection; where there are several, each has a letter.
pub struct Files(Vec<CaptureName>);

impl Files {
    pub fn of(drawing: &Drawing) -> Files {
        let mut files: Vec<CaptureName> = Vec::new();
        for part in &drawing.parts {
            for frame in [part.first(), part.last()] {
                if !files.contains(&frame.capture) {
                    files.push(frame.capture.clone());
                }
            }
        }
        Files(files)
    }

    fn letter(at: usize) -> String {
        match u8::try_from(at) {
            Ok(at) if at < 26 => char::from(b'a' + at).to_string(),
            _ => format!("({at})"),
        }
    }

    /// A frame by its number, and the letter of its file.
    pub fn name(&self, frame: &Frame) -> String {
        let number = frame.number;
        match self.0.iter().position(|file| *file == frame.capture) {
            Some(at) if self.0.len() > 1 => format!("{number}{}", Files::letter(at)),
            _ => number.to_string(),
        }
    }

    /// What the letters stand for.
    pub fn key(&self) -> Option<String> {
        let names = self.0.iter().enumerate();
        let names = names.map(|(at, file)| format!("{} = {file}", Files::letter(at)));
        (self.0.len() > 1).then(|| names.collect::<Vec<_>>().join(", "))
    }

    /// Whether any of the connection is in a file.
    pub fn hold(&self, file: &CaptureName) -> bool {
        self.0.contains(file)
    }
}
