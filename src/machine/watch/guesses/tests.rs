use super::Series;
use crate::machine::script::connection;
use crate::machine::side::Side;
use crate::observation::Observations;

const OPENING: &str = "A SYN 100\nB SYN,ACK 300 101\nA ACK 101 301\n\
                       A ACK 101 301 len=40\nB ACK 301 141\n";

/// The series in the name of A, and whether it was noted.
fn series(text: &str) -> (Option<Series>, bool) {
    let connection = connection(&format!("{OPENING}{text}"));
    let noted = connection.seen.contains(Observations::GUESSES);
    (
        connection
            .watches
            .of(Side::Client)
            .guesses
            .series()
            .cloned(),
        noted,
    )
}

fn resets(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers
        .into_iter()
        .map(|n| format!("A RST {n}\n"))
        .collect()
}

#[test]
fn five_marching_resets_are_noted() {
    let march = |count: u32| resets((1..=count).map(|i| i * 70_000));
    let (four, noted) = series(&march(4));
    assert!(!noted && four.unwrap().count == 4);
    let (five, noted) = series(&march(5));
    let five = five.unwrap();
    assert!(noted && five.looks_guessed());
    assert_eq!((five.count, five.resets, five.step), (5, 5, Some(70_000)));
    assert_eq!((five.far, five.outside), (0, 5));
    assert_eq!(five.first_seq().0, 70_000);
    assert!(!five.went_on && five.held == 0);
    let (on, _) = series(&format!("{}B ACK 301 141\nA ACK 141 301 len=5\n", march(5)));
    let on = on.unwrap();
    assert!(on.went_on && on.held == 1 && on.next.0 == 146);
}

#[test]
fn numbers_that_the_end_may_use_are_none() {
    let (own, _) = series(&resets([101, 111, 121, 131, 141]));
    assert!(own.is_none());
    // Octets that the capture lost: B has acknowledged them.
    let acks = "B ACK 301 5141\nA RST 2141\nA RST 3141\nA RST 4141\nA RST 5141\nA RST 1141\n";
    assert!(series(acks).0.is_none());
    let (closed, _) = series(&"A RST,ACK 0 301\n".repeat(5));
    assert!(closed.is_none());
}

#[test]
fn the_same_number_again_is_no_guess() {
    let (same, noted) = series(&resets([90_000, 80_000, 90_000, 95_000, 99_000, 91_000]));
    assert!(!noted && !same.unwrap().looks_guessed());
}

#[test]
fn guesses_that_come_slowly_begin_anew() {
    let slow = resets([70_000, 150_000, 230_000, 310_000]) + "+61s A RST 390000\n";
    let (slow, noted) = series(&slow);
    assert!(!noted && slow.unwrap().count == 1);
}

#[test]
fn far_data_counts_but_not_a_stream() {
    let data = |numbers: [u32; 5]| -> String {
        let one = |n: u32| format!("A ACK {n} {} len=10\n", n + 900_000_000);
        numbers.into_iter().map(one).collect()
    };
    let random = [1 << 30, 3 << 28, 7 << 28, 1 << 29, 5 << 28];
    let (guessed, noted) = series(&data(random));
    let guessed = guessed.unwrap();
    assert!(noted && guessed.resets == 0 && guessed.far == 5);
    let first = 1 << 30;
    let (stream, noted) = series(&data([0, 10, 20, 30, 40].map(|n| first + n)));
    assert!(!noted && stream.unwrap().continued);
}
