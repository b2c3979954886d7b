//! The axis of sequence numbers: what of them is in the picture.

use super::axis::nice;
use super::{BOTTOM, HEIGHT, TOP};
use crate::report::words;

/// Ticks that one would like to have.
const TICKS: f64 = 6.0;
/// Ticks, at the most.
const MOST: u32 = 40;
/// The window is in the picture where it is so many times as large as what is sent, at the most.
const FAR: f64 = 2.5;

/// See the module.
#[derive(Debug)]
pub struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// For numbers of the stream from `low` to `high`, and the edges of the window.
    pub fn of(low: i64, high: i64, edges: impl Iterator<Item = i64>) -> Scale {
        let (low, high) = (low as f64, high.max(low.saturating_add(1)) as f64);
        let span = high - low;
        let near = edges
            .map(|edge| edge as f64)
            .filter(|edge| *edge <= low + span * FAR);
        let top = near.fold(high, f64::max);
        let margin = (top - low) * 0.05;
        Scale {
            low: low - margin,
            high: top + margin,
        }
    }

    /// Where a number is in the picture, if it is.
    pub fn y(&self, number: i64) -> Option<f64> {
        let number = number as f64;
        let shown = (self.low..=self.high).contains(&number);
        shown.then(|| self.at(number))
    }

    /// The same; at the border where it is beyond.
    pub fn clamped(&self, number: i64) -> f64 {
        self.at((number as f64).clamp(self.low, self.high))
    }

    fn at(&self, number: f64) -> f64 {
        let room = HEIGHT - TOP - BOTTOM;
        HEIGHT - BOTTOM - (number - self.low) / (self.high - self.low) * room
    }

    /// Where ticks are, and what they say.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let step = nice((self.high - self.low) / TICKS).max(1.0);
        let mut ticks = Vec::new();
        let first = (self.low / step).ceil();
        for number in 0..MOST {
            let value = (first + f64::from(number)) * step;
            if value > self.high {
                break;
            }
            let sign = if value < 0.0 { "-" } else { "" };
            let text = format!("{sign}{}", words::number(value.abs() as u64));
            ticks.push((self.at(value), text));
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_edge_does_not_press_the_data_flat() {
        let near = Scale::of(0, 1_000, [1_500].into_iter());
        assert!(near.y(1_500).is_some());
        let far = Scale::of(0, 1_000, [64_000].into_iter());
        assert!(far.y(1_000).is_some() && far.y(64_000).is_none());
        assert!(far.clamped(64_000) < far.clamped(1_000));
        let texts: Vec<String> = far.ticks().into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["0", "200", "400", "600", "800", "1,000"]);
    }
}
