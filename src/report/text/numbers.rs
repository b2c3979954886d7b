//! The numbers of a finding in words, relative ones beside the absolute.

use std::fmt::Display;

use crate::finding::{Numbers, Value};
use crate::report::words;

/// All numbers that are there, in one line.
pub fn line(numbers: &Numbers) -> String {
    let mut parts = Vec::new();
    parts.extend(numbers.flags.clone());
    parts.extend(
        numbers
            .seq
            .map(|seq| with_relative("seq", seq, numbers.seq_relative)),
    );
    parts.extend(
        numbers
            .ack
            .map(|ack| with_relative("ack", ack, numbers.ack_relative)),
    );
    parts.extend(numbers.len.map(|len| match len {
        Value::Exact(1) => "1 octet of data".to_owned(),
        len => format!("{} octets of data", value(len)),
    }));
    parts.extend(
        numbers
            .window
            .map(|window| format!("window {}", value(window))),
    );
    parts.extend(
        numbers
            .options
            .as_ref()
            .map(|options| format!("options {options}")),
    );
    parts.extend(numbers.time_s.map(|time| format!("time {} s", value(time))));
    parts.extend(numbers.count.map(|count| match count {
        Value::Exact(count) => format!("count {}", words::number(count)),
        Value::Range { min, max } => {
            format!("count {} to {}", words::number(min), words::number(max))
        }
    }));
    parts.join(", ")
}

/// A relative number beyond this says only that the two have nothing in common.
const MAX_RELATIVE: i64 = 1 << 31;

fn with_relative(name: &str, absolute: Value<u32>, relative: Option<Value<i64>>) -> String {
    let far = |relative: &Value<i64>| match *relative {
        Value::Exact(n) => n > MAX_RELATIVE,
        Value::Range { min, max } => min.max(max) > MAX_RELATIVE,
    };
    match relative.filter(|relative| !far(relative)) {
        None => format!("{name} {}", value(absolute)),
        Some(relative) => format!("{name} {} (relative {})", value(absolute), value(relative)),
    }
}

fn value<T: Display>(value: Value<T>) -> String {
    match value {
        Value::Exact(value) => value.to_string(),
        Value::Range { min, max } => format!("{min} to {max}"),
    }
}
