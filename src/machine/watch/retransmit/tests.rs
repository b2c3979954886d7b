use super::{Again, Kind, Proof, Series};
use crate::machine::connection::Connection;
use crate::machine::script::connection;
use crate::machine::side::Side;
use crate::observation::Observations;

const OPEN: &str = "
    A SYN 100
    B SYN,ACK 300 101
    A ACK 101 301";

fn run(more: &str) -> Connection {
    connection(&format!("{OPEN}\n{more}"))
}

fn again(connection: &Connection) -> &Again {
    let retransmit = &connection.watches.of(Side::Client).retransmit;
    retransmit.again().expect("something was sent again")
}

/// What the client sent again: kinds with their counts, and how many first copies were lost behind
/// and before the monitor.
#[track_caller]
fn kinds(more: &str, expected: &[(Kind, u32, u32, u32)]) {
    let connection = run(more);
    let again = connection.watches.of(Side::Client).retransmit.again();
    let found: Vec<_> = Kind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, again?.of(kind)?)))
        .map(|(kind, tally)| (kind, tally.count, tally.behind, tally.before))
        .collect();
    assert_eq!(found, expected, "{more}");
}

const FLIGHT: &str = "
    A ACK 101 301 len=10
    A ACK 111 301 len=10
    A ACK 121 301 len=10
    A ACK 131 301 len=10";

#[test]
fn nothing_is_sent_again() {
    for more in [
        FLIGHT,
        // A keepalive, with and without an octet.
        "A ACK 101 301 len=10\n B ACK 301 111\n +2s A ACK 110 301\n +2s A ACK 110 301 len=1",
        // A probe of a closed window, twice.
        "B ACK 301 101 win=0\n +1s A ACK 101 301 len=1\n B ACK 301 101 win=0\n \
         +2s A ACK 101 301 len=1",
        // A hole is filled by a segment that is only late.
        "A ACK 111 301 len=10 ts=5/1\n A ACK 101 301 len=10 ts=5/1",
    ] {
        kinds(more, &[]);
    }
    assert!(
        run(FLIGHT)
            .seen
            .intersection(Observations::SENT_AGAIN)
            .is_empty()
    );
}

#[test]
fn a_timeout_and_its_train() {
    kinds(
        &format!(
            "{FLIGHT}
             +1s A ACK 101 301 len=10
             B ACK 301 111
             A ACK 111 301 len=10
             B ACK 301 121
             A ACK 121 301 len=10"
        ),
        &[(Kind::Timeout, 3, 0, 0)],
    );
    // Behind what had been sent then, a new one begins.
    kinds(
        "A ACK 101 301 len=10
         +1s A ACK 101 301 len=10
         B ACK 301 111
         A ACK 111 301 len=10
         A ACK 121 301 len=10
         B ACK 301 111
         B ACK 301 111
         B ACK 301 111
         A ACK 111 301 len=10",
        &[(Kind::Timeout, 1, 0, 0), (Kind::Fast, 1, 1, 0)],
    );
}

#[test]
fn duplicate_acks_and_sack() {
    let three = "
        B ACK 301 101
        B ACK 301 101
        B ACK 301 101";
    kinds(
        &format!("{FLIGHT}{three}\n A ACK 101 301 len=10"),
        &[(Kind::Fast, 1, 1, 0)],
    );
    kinds(
        &format!("{FLIGHT}\n B ACK 301 101 sack=121-131\n A ACK 101 301 len=10"),
        &[(Kind::Fast, 1, 1, 0)],
    );
    // A window update is no duplicate ACK, and a D-SACK reports no loss.
    kinds(
        &format!("{FLIGHT}\n B ACK 301 101 win=2000\n +1s A ACK 101 301 len=10"),
        &[(Kind::Timeout, 1, 0, 0)],
    );
    kinds(
        &format!("{FLIGHT}\n B ACK 301 121 sack=101-111\n +1s A ACK 121 301 len=10"),
        &[(Kind::Timeout, 1, 0, 0)],
    );
    // Silence after that is the timer again.
    kinds(
        &format!("{FLIGHT}{three}\n A ACK 101 301 len=10\n +1s A ACK 101 301 len=10"),
        &[(Kind::Timeout, 1, 1, 0), (Kind::Fast, 1, 1, 0)],
    );
}

#[test]
fn the_last_segment_alone_is_a_probe() {
    kinds(
        &format!("{FLIGHT}\n +40ms A ACK 131 301 len=10"),
        &[(Kind::Probe, 1, 0, 0)],
    );
}

#[test]
fn what_was_acknowledged_is_spurious() {
    let acked = format!("{FLIGHT}\n B ACK 301 141");
    kinds(
        &format!("{acked}\n A ACK 101 301 len=10"),
        &[(Kind::Spurious, 1, 0, 0)],
    );
    let proof = |more: &str| {
        let connection = run(&format!("{acked}\n{more}"));
        again(&connection).acked.best.map(|(proof, ..)| proof)
    };
    assert_eq!(proof("A ACK 101 301 len=10"), None, "they may have crossed");
    assert_eq!(proof("+1s A ACK 101 301 len=10"), Some(Proof::Time));
    let implied = "B ACK 301 141 len=5\n A ACK 101 306 len=10";
    assert_eq!(proof(implied), Some(Proof::Implied));
    let years_later = "+90000s A ACK 101 301 len=10";
    assert_eq!(proof(years_later), None, "two captures in one");
}

#[test]
fn octets_that_were_lost_before_the_monitor() {
    kinds(
        "A ACK 111 301 len=10 ts=5/1\n B ACK 301 101 sack=111-121\n A ACK 101 301 len=10 ts=6/1",
        &[(Kind::Fast, 1, 0, 1)],
    );
}

#[test]
fn syns() {
    let connection =
        connection("A SYN 100\n +1s A SYN 100\n B SYN,ACK 300 101\n B SYN,ACK 300 101");
    let of = |side: Side, kind| {
        let again = connection.watches.of(side).retransmit.again();
        again
            .and_then(|again| again.of(kind))
            .map(|tally| tally.count)
    };
    assert_eq!(of(Side::Client, Kind::Syn), Some(1));
    assert_eq!(of(Side::Server, Kind::SynAck), Some(1));
}

/// The gaps between copies of one segment, `None` for a word of the peer in between.
fn steady(kind: &str, gaps: &[Option<u32>]) -> bool {
    let (start, one, word) = match kind {
        "SYN" => ("", "A SYN 100", "B RST,ACK 0 101"),
        _ => (OPEN, "A ACK 101 301 len=10", "B ACK 301 101"),
    };
    let copies: Vec<String> = gaps
        .iter()
        .map(|gap| match gap {
            Some(seconds) => format!("+{seconds}s {one}"),
            None => word.to_owned(),
        })
        .collect();
    let connection = connection(&format!("{start}\n{one}\n{}", copies.join("\n")));
    let steady = again(&connection).steady.is_some();
    assert_eq!(steady, connection.seen.contains(Observations::TIMER_STEADY));
    steady
}

#[test]
fn a_timer_that_does_not_grow() {
    let some = |gaps: &[u32]| gaps.iter().copied().map(Some).collect::<Vec<_>>();
    let data = |gaps: &[u32]| steady("data", &some(gaps));
    assert!(data(&[1, 1, 1, 1]));
    assert!(data(&[8, 1, 1, 1]), "shorter is no growth either");
    assert!(data(&[2, 2, 2, 2]) && data(&[1, 2, 4, 4, 4, 4]));
    assert!(!data(&[1, 1, 1]), "three pairs are needed");
    assert!(!data(&[1, 1, 1, 2, 2, 2]), "in a row");
    assert!(!data(&[1, 2, 4, 8, 16, 32, 60, 60, 60, 60]), "the limit");
    assert!(!data(&[1, 6, 8, 16, 32]), "some were lost");
    let mut words = some(&[1, 1, 1, 1, 1, 1]);
    words.insert(2, None);
    words.insert(5, None);
    assert!(!steady("data", &words), "the peer restarts it");
    let syn = |gaps: &[u32]| steady("SYN", &some(gaps));
    assert!(!syn(&[1, 1, 1, 1, 1, 2, 4, 8]));
    assert!(!syn(&[1; Series::LINEAR_SYNS as usize + 2]));
    assert!(syn(&[1; Series::LINEAR_SYNS as usize + 3]));
}

#[test]
fn the_series_counts_from_the_first_copy() {
    let connection = run("
        A ACK 101 301 len=10
        +1s A ACK 101 301 len=10
        B ACK 301 101
        +2s A ACK 101 301 len=10");
    let series = again(&connection).series.expect("a series");
    assert_eq!((series.start.0, series.times), (101, 2));
    assert_eq!((series.first.0, series.last.0), (4, 7));
}

#[test]
fn early_timers() {
    let early = |more: &str| again(&run(more)).early.map(|sample| sample.packet);
    let again_after = |gap: &str| {
        early(&format!(
            "A ACK 101 301 len=10\n {gap} A ACK 101 301 len=10"
        ))
    };
    assert_eq!(again_after("+200ms"), Some(5));
    assert_eq!(again_after("+900ms"), None);
    assert_eq!(again_after("+5ms"), None, "one frame, doubled");
    let answered = "A ACK 101 301 len=10\n B ACK 301 101\n +200ms A ACK 101 301 len=10";
    assert_eq!(early(answered), None);
}
