//! The axis of time. A pause that would take most of it is cut out and said to be there: what
//! happened before and behind it can be seen.

/// Cuts, at the most.
const CUTS: usize = 6;
/// The width of a cut in the picture.
pub const CUT: f64 = 34.0;
/// A pause is cut out if it is longer than all the rest so many times.
const MUCH: f64 = 2.0;
/// Ticks that one would like to have.
const TICKS: f64 = 7.0;
/// Ticks of a piece, at the most.
const MOST: u32 = 40;

/// A stretch of time that is drawn to scale.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// In seconds.
    from: f64,
    to: f64,
    /// Where it begins in the picture.
    x: f64,
}

/// See the module.
#[derive(Debug)]
pub struct Axis {
    pieces: Vec<Piece>,
    /// Units of the picture for a second.
    scale: f64,
    step: f64,
}

impl Axis {
    /// For moments in seconds, in order; from `left` to `right`.
    pub fn of(times: &[f64], left: f64, right: f64) -> Axis {
        let first = times.first().copied().unwrap_or(0.0);
        let last = times.last().copied().unwrap_or(0.0).max(first);
        let mut gaps: Vec<(f64, f64)> = times
            .iter()
            .zip(times.iter().skip(1))
            .map(|(from, to)| (*from, *to))
            .collect();
        gaps.sort_by(|a, b| (b.1 - b.0).total_cmp(&(a.1 - a.0)));
        let mut rest = last - first;
        let mut cuts: Vec<(f64, f64)> = Vec::new();
        for (from, to) in gaps.into_iter().take(CUTS) {
            let others = rest - (to - from);
            if others <= 0.0 || to - from < MUCH * others {
                break;
            }
            rest = others;
            cuts.push((from, to));
        }
        cuts.sort_by(|a, b| a.0.total_cmp(&b.0));
        let room = right - left - CUT * cuts.len() as f64;
        let scale = if rest > 0.0 { room / rest } else { 0.0 };
        let mut pieces = Vec::new();
        let (mut from, mut x) = (first, left);
        for (cut, on) in cuts {
            pieces.push(Piece { from, to: cut, x });
            x += (cut - from) * scale + CUT;
            from = on;
        }
        pieces.push(Piece { from, to: last, x });
        Axis {
            pieces,
            scale,
            step: nice(rest / TICKS),
        }
    }

    /// Where a moment is in the picture.
    pub fn x(&self, time: f64) -> f64 {
        let piece = self.pieces.iter().rev().find(|piece| piece.from <= time);
        let piece = piece.or(self.pieces.first());
        piece.map_or(0.0, |piece| {
            piece.x + (time.min(piece.to).max(piece.from) - piece.from) * self.scale
        })
    }

    /// Where time is cut out, and how much.
    pub fn cuts(&self) -> Vec<(f64, f64)> {
        let pairs = self.pieces.iter().zip(self.pieces.iter().skip(1));
        pairs.map(|(a, b)| (b.x - CUT, b.from - a.to)).collect()
    }

    /// Where ticks are, and what they say.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let mut ticks: Vec<(f64, String)> = Vec::new();
        if self.step <= 0.0 {
            let only = self.pieces.first();
            return only
                .map(|piece| (piece.x, decimal(piece.from, 1e-6)))
                .into_iter()
                .collect();
        }
        for piece in &self.pieces {
            let first = (piece.from / self.step).ceil();
            // Never endless, however far from zero.
            for number in 0..MOST {
                let time = (first + f64::from(number)) * self.step;
                if time > piece.to {
                    break;
                }
                let x = piece.x + (time - piece.from) * self.scale;
                let text = decimal(time, self.step);
                // Letters of 7 units.
                let room = 7.0 * text.len() as f64 + 14.0;
                if ticks.last().is_none_or(|(last, _)| x - last > room) {
                    ticks.push((x, text));
                }
            }
        }
        ticks
    }
}

/// A number with as many digits behind the point as steps of `step` need.
fn decimal(value: f64, step: f64) -> String {
    let digits = (-step.log10()).ceil().clamp(0.0, 9.0) as usize;
    format!("{value:.digits$}")
}

/// The next greater of 1, 2 and 5 with zeros; 0 for nothing.
pub fn nice(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| value <= factor * power * 1.000_001);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pause_is_cut_out() {
        let axis = Axis::of(&[0.0, 0.1, 0.2, 60.2, 60.3], 100.0, 500.0);
        let cuts = axis.cuts();
        assert_eq!(cuts.len(), 1);
        assert!((cuts[0].1 - 60.0).abs() < 1e-9);
        let places = [0.0, 0.2, 60.2, 60.3].map(|time| axis.x(time).round());
        assert_eq!(places, [100.0, 344.0, 378.0, 500.0]);
        let even = Axis::of(&[0.0, 1.0, 2.0, 3.0], 0.0, 300.0);
        assert!(even.cuts().is_empty());
        assert_eq!(even.x(1.5).round(), 150.0);
    }

    #[test]
    fn ticks_are_round_numbers_in_order() {
        let axis = Axis::of(&[0.013, 0.5, 0.9], 0.0, 700.0);
        let ticks = axis.ticks();
        let texts: Vec<&str> = ticks.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0.2", "0.4", "0.6", "0.8"]);
        assert!(ticks.is_sorted_by(|a, b| a.0 < b.0));
        // All at one moment, or none at all.
        assert_eq!(Axis::of(&[1.0, 1.0], 0.0, 100.0).ticks().len(), 1);
        assert_eq!(Axis::of(&[], 0.0, 100.0).ticks().len(), 1);
    }

    #[test]
    fn clocks_that_jump_do_not_stop_the_drawing() {
        let axis = Axis::of(&[0.0, 1e-9, 4e9, 4e9 + 1e-6], 0.0, 500.0);
        assert!(axis.ticks().len() < 100);
    }

    #[test]
    fn steps_are_nice() {
        let steps = [0.0, 0.13, 1.0, 3.0, 7.0, 1_234.0].map(nice);
        assert_eq!(steps, [0.0, 0.2, 1.0, 5.0, 10.0, 2_000.0]);
    }
}
