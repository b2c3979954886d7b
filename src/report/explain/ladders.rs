//! For each rule an exchange in which it speaks, drawn.
//!
//! The drawings are made by the program itself from the exchanges that test the rules
//! (`testdata/rules`), and kept beside this file; a test (`tests/generated.rs`) sees to it that they are
//! current.

/// All of them: before each a line with [`MARK`] and the rule's code.
const ALL: &str = include_str!("ladders.txt");
/// Begins the line before a drawing.
const MARK: &str = "== ";

/// The lines of the drawing for a rule; none for rules about many connections.
pub fn of(code: &str) -> Vec<&'static str> {
    let mut lines = ALL.lines();
    let found = lines.any(|line| line.strip_prefix(MARK) == Some(code));
    let own = lines.take_while(|line| !line.starts_with(MARK));
    own.filter(|_| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn a_drawing_is_found_by_its_rule() {
        let all: usize = RULES.iter().map(|rule| of(rule.code).len()).sum();
        let drawn = RULES
            .iter()
            .filter(|rule| !of(rule.code).is_empty())
            .count();
        assert_eq!(
            all + drawn,
            ALL.lines().count(),
            "every line belongs to a rule"
        );
        assert!(drawn > 100, "{drawn} rules are drawn");
        assert!(of("HS001").iter().any(|line| line.contains("error HS001")));
        assert!(of("HS999").is_empty());
    }
}
