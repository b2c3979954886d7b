//! The characters of drawings, for terminals with and without Unicode.

/// With which characters is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Glyphs {
    /// Lines, arrow heads and dots of Unicode.
    #[default]
    Unicode,
    /// What is nearest to them in ASCII.
    Ascii,
}

/// The characters that drawings use, each with what stands for it in ASCII.
const ASCII: [(char, char); 9] = [
    ('│', '|'),
    ('─', '-'),
    ('━', '='),
    ('╌', '~'),
    ('╍', '#'),
    ('►', '>'),
    ('◄', '<'),
    ('×', 'x'),
    ('⋮', ':'),
];

impl Glyphs {
    /// Those that a locale can show, by its name as it stands in `LC_ALL`, `LC_CTYPE` or `LANG`, of
    /// which the first that is there counts. Where there is none, nothing speaks against Unicode.
    pub fn of_locale(variables: impl IntoIterator<Item = Option<String>>) -> Glyphs {
        let mut named = variables.into_iter().flatten();
        let Some(name) = named.find(|name| !name.is_empty()) else {
            return Glyphs::Unicode;
        };
        let name = name.to_ascii_lowercase();
        if name.contains("utf-8") || name.contains("utf8") {
            Glyphs::Unicode
        } else {
            Glyphs::Ascii
        }
    }

    /// A line of a drawing in these characters.
    #[must_use]
    pub fn draw(self, line: &str) -> String {
        let ascii = |drawn: char| {
            let found = ASCII.iter().find(|(unicode, _)| *unicode == drawn);
            found.map_or(drawn, |(_, ascii)| *ascii)
        };
        match self {
            Glyphs::Unicode => line.to_owned(),
            Glyphs::Ascii => line.chars().map(ascii).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_what_can_be_shown() {
        let of = |names: [&str; 3]| Glyphs::of_locale(names.map(|name| Some(name.to_owned())));
        assert_eq!(of(["", "", "de_DE.UTF-8"]), Glyphs::Unicode);
        assert_eq!(of(["", "zh_CN.utf8", "C"]), Glyphs::Unicode);
        assert_eq!(of(["C", "", "de_DE.UTF-8"]), Glyphs::Ascii);
        assert_eq!(of(["", "", "zh_CN.GBK"]), Glyphs::Ascii);
        assert_eq!(Glyphs::of_locale([None, None]), Glyphs::Unicode);
    }

    #[test]
    fn every_character_of_a_drawing_has_one_in_ascii() {
        let key = Glyphs::Ascii.draw(crate::report::text::ladder::KEY);
        assert_eq!(
            key,
            "==> data   --> no data   ##> ~~> sent again   --x changes nothing"
        );
        assert!(ASCII.iter().all(|(_, ascii)| ascii.is_ascii()));
    }
}
