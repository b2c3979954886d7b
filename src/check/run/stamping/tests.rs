use super::*;
use crate::capture::CaptureReader;
use crate::capture::block::Block;
use crate::check::ledger::Ledger;
use crate::limits::ReportLimits;
use crate::report::places::Places;
use crate::segment::NS_PER_S;
use crate::settings::Settings;

/// A pcap file of Ethernet with frames at these times, in nanoseconds.
fn pcap(times: &[i64]) -> Vec<u8> {
    let words = |words: &[u32]| {
        words
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let mut file = words(&[0xa1b2_3c4d, 0x0004_0002, 0, 0, 65535, 1]);
    for time in times {
        let (seconds, ns) = (time / NS_PER_S, time % NS_PER_S);
        file.extend(words(&[seconds as u32, ns as u32, 4, 60, 0xffff_ffff]));
    }
    file
}

/// All that is known of the times of these rounds of frames, and the stamps of all.
fn outcome(rounds: &[Vec<i64>], by_rounds: bool) -> String {
    let settings = Settings::default();
    let mut ledger = Ledger::new(&settings, ReportLimits::default());
    let mut run = Run::new(Places::single("made up"), 1, &settings, &mut ledger);
    let mut times = Vec::new();
    for round in rounds {
        let mut task = Task::default();
        let octets = pcap(round);
        let mut reader = CaptureReader::new(octets.as_slice()).unwrap();
        reader.next_block(&mut task.block).unwrap();
        assert_eq!(task.block.frames().len(), round.len());
        if by_rounds {
            run.stamp(&mut task, false);
            times.extend(task.stamps.iter().map(|stamp| stamp.time));
        } else {
            let frames: &Block = &task.block;
            let tick = |at: &At| run.tick(0, at.number, at.time, at.link_type());
            times.extend(frames.frames().iter().map(tick));
        }
    }
    format!("{:?} {:?} {:?} {times:?}", run.facts, run.books, run.began)
}

#[test]
fn a_round_as_a_whole_is_as_its_frames_one_by_one() {
    let mut dice = fastrand::Rng::with_seed(7);
    let mut smooth = 0;
    for odd in [0, 0, 20, 5] {
        for _ in 0..100 {
            let mut now = 1_700_000_000 * NS_PER_S;
            let mut step = || {
                now += match dice.u8(0..100) {
                    at if at >= odd => *dice.choice(&[0, 7, 900, 59 * NS_PER_S]).unwrap(),
                    at if at % 2 == 0 => -*dice.choice(&[500, 3000, 5 * NS_PER_S]).unwrap(),
                    _ => *dice
                        .choice(&[60 * NS_PER_S - 1, 60 * NS_PER_S, 900 * NS_PER_S])
                        .unwrap(),
                };
                now
            };
            let rounds: Vec<Vec<i64>> = [1, 2, 3, 30, 9, 0, 40]
                .map(|len| (0..len).map(|_| step()).collect())
                .to_vec();
            assert_eq!(
                outcome(&rounds, true),
                outcome(&rounds, false),
                "{rounds:?}"
            );
            let mut task = Task::default();
            let octets = pcap(&rounds[6]);
            let mut reader = CaptureReader::new(octets.as_slice()).unwrap();
            reader.next_block(&mut task.block).unwrap();
            smooth += usize::from(is_smooth(task.block.frames()));
        }
    }
    assert!((200..360).contains(&smooth), "{smooth}");
}
