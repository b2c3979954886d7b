//! The lines of a ladder: two lifelines, arrows between them, and what stands beside.

use std::io;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::finding::Role;
use crate::report::model::PerRole;
use crate::report::page::{self, Page};
use crate::report::style::{FAINT, HEAD, PLAIN};

/// From this width on, states stand outside of the lifelines, and notes in a column of their own.
const WIDE: usize = 140;
/// The longest name of a state.
const STATE: usize = 12;
/// Between the lifelines of a wide ladder.
const WIDE_INNER: usize = 60;
/// Blanks before a note within the lifelines.
const INDENT: usize = 3;

/// The columns of a ladder.
#[derive(Clone, Copy, Debug)]
pub struct Canvas {
    /// Of the frame numbers.
    frame: usize,
    /// Of the times.
    time: usize,
    /// Between the lifelines.
    inner: usize,
    /// Of the notes, where they have a column; then states stand outside of the lifelines.
    notes: Option<usize>,
}

/// A note with its style.
pub type Note = (Style, String);

/// What stands to the left of the lifelines.
#[derive(Clone, Debug, Default)]
pub struct Margin {
    pub frame: String,
    pub time: String,
}

impl Canvas {
    /// For frames and times of so many columns, on a page of `width`.
    pub fn new(frame: usize, time: usize, width: usize) -> Canvas {
        let margin = frame + 2 + time + 2;
        let rest = width.saturating_sub(margin + 2);
        if width < WIDE {
            let inner = rest.max(24);
            return Canvas {
                frame,
                time,
                inner,
                notes: None,
            };
        }
        let rest = rest.saturating_sub(2 * (STATE + 1) + 2);
        let inner = WIDE_INNER.min((rest / 2 + 8).max(54));
        Canvas {
            frame,
            time,
            inner,
            notes: Some(rest - inner),
        }
    }

    /// Columns for an arrow.
    pub const fn inner(&self) -> usize {
        self.inner
    }

    pub const fn is_wide(&self) -> bool {
        self.notes.is_some()
    }

    /// The heading: what the columns hold, and who stands at the lifelines.
    pub fn head(&self, names: &PerRole<String>, page: &mut Page<'_>) -> io::Result<()> {
        let (client, server) = (&names.client, &names.server);
        let margin = Margin {
            frame: "Packet".into(),
            time: "Seconds".into(),
        };
        let both = client.width() + server.width() + 2 <= self.inner + 2;
        let left = if self.is_wide() { STATE + 1 } else { 0 };
        let lead = format!("{}{:left$}", self.margin(&margin), "");
        let blank = " ".repeat(lead.width());
        let room = self.inner + 2;
        let right = |text: &str| format!("{}{text}", " ".repeat(room.saturating_sub(text.width())));
        if both {
            let gap = room.saturating_sub(client.width() + server.width());
            let text = format!("{client}{}{server}", " ".repeat(gap));
            return page.pieces(0, &[(HEAD, &lead), (HEAD, &text)]);
        }
        page.pieces(0, &[(HEAD, &lead), (HEAD, client)])?;
        page.pieces(0, &[(HEAD, &blank), (HEAD, &right(server))])
    }

    /// States that both ends are in, with notes about what led to them.
    pub fn states(
        &self,
        margin: &Margin,
        states: &PerRole<&str>,
        note: &str,
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let lead = self.margin(margin);
        if self.is_wide() {
            let middle = centred(note, self.inner, ' ');
            let (left, right) = (
                format!("{:>STATE$} ", states.client),
                format!(" {}", states.server),
            );
            return pieces(
                page,
                &[
                    (FAINT, lead),
                    (HEAD, left),
                    (PLAIN, "│".into()),
                    (FAINT, middle),
                    (PLAIN, "│".into()),
                    (HEAD, right),
                ],
            );
        }
        let (left, right) = (lifeline(states.client), lifeline(states.server));
        let taken = left.width() + right.width();
        let middle = centred(note, (self.inner + 2).saturating_sub(taken), ' ');
        pieces(
            page,
            &[
                (FAINT, lead),
                (style_of(states.client), left),
                (FAINT, middle),
                (style_of(states.server), right),
            ],
        )
    }

    /// An arrow, the states to which it leads (empty where they stay), and what is to be said of it.
    pub fn arrow(
        &self,
        margin: &Margin,
        arrow: Note,
        sender: Role,
        states: &PerRole<&str>,
        notes: &[Note],
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let lead = self.margin(margin);
        let (style, arrow) = arrow;
        let bar = || (PLAIN, "│".to_owned());
        if let Some(width) = self.notes {
            let mut notes = notes
                .iter()
                .flat_map(|(style, note)| wrapped(note, width).map(|line| (*style, line)));
            let left = (HEAD, format!("{:>STATE$} ", states.client));
            let right = (HEAD, format!(" {:<STATE$}  ", states.server));
            let mut line = vec![
                (FAINT, lead.clone()),
                left,
                bar(),
                (style, arrow),
                bar(),
                right,
            ];
            line.extend(notes.next());
            pieces(page, &line)?;
            let blank = (PLAIN, " ".repeat(lead.width() + STATE + 1));
            for note in notes {
                let inner = (
                    PLAIN,
                    format!("│{}│{}", " ".repeat(self.inner), " ".repeat(STATE + 3)),
                );
                pieces(page, &[blank.clone(), inner, note])?;
            }
            return Ok(());
        }
        pieces(page, &[(FAINT, lead.clone()), bar(), (style, arrow), bar()])?;
        self.beneath(lead.width(), sender, states, notes, page)
    }

    /// States and notes below an arrow. A single short note shares the line of the states.
    fn beneath(
        &self,
        margin: usize,
        sender: Role,
        states: &PerRole<&str>,
        notes: &[Note],
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let blank = (PLAIN, " ".repeat(margin));
        let (left, right) = (lifeline(states.client), lifeline(states.server));
        let mut notes = notes.iter();
        if !(states.client.is_empty() && states.server.is_empty()) {
            let room = (self.inner + 2).saturating_sub(left.width() + right.width());
            let fits = |(_, note): &&Note| note.width() + 2 * INDENT <= room;
            let shared = notes.clone().next().filter(fits);
            if shared.is_some() {
                notes.next();
            }
            let (style, text) = shared.cloned().unwrap_or_default();
            let middle = beside(&text, sender, room);
            pieces(
                page,
                &[
                    blank.clone(),
                    (style_of(states.client), left),
                    (style, middle),
                    (style_of(states.server), right),
                ],
            )?;
        }
        for (style, note) in notes {
            for line in wrapped(note, self.inner.saturating_sub(2 * INDENT)) {
                let middle = beside(&line, sender, self.inner);
                let bar = || (PLAIN, "│".to_owned());
                pieces(page, &[blank.clone(), bar(), (*style, middle), bar()])?;
            }
        }
        Ok(())
    }

    /// What comes between segments and is none.
    pub fn aside(&self, margin: &Margin, note: Note, page: &mut Page<'_>) -> io::Result<()> {
        let left = if self.is_wide() { STATE + 1 } else { 0 };
        let mut lead = format!("{}{:left$}", self.margin(margin), "");
        let blank = " ".repeat(lead.width());
        let (style, note) = note;
        for line in wrapped(&note, self.inner.saturating_sub(2)) {
            let bar = || (PLAIN, "│".to_owned());
            let middle = (style, centred(&line, self.inner, ' '));
            let lead = (FAINT, std::mem::replace(&mut lead, blank.clone()));
            pieces(page, &[lead, bar(), middle, bar()])?;
        }
        Ok(())
    }

    /// Time that passes, or segments that are folded: `note` between broken lifelines.
    pub fn gap(
        &self,
        margin: &Margin,
        note: &str,
        notes: &[Note],
        page: &mut Page<'_>,
    ) -> io::Result<()> {
        let left = if self.is_wide() { STATE + 1 } else { 0 };
        let lead = format!("{}{:left$}", self.margin(margin), "");
        let blank = " ".repeat(lead.width());
        let lines: Vec<String> = wrapped(note, self.inner.saturating_sub(2)).collect();
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { &lead } else { &blank };
            let middle = format!("⋮{}⋮", centred(line, self.inner, ' '));
            pieces(page, &[(FAINT, lead.clone()), (FAINT, middle)])?;
        }
        for (style, note) in notes {
            for line in wrapped(note, self.inner.saturating_sub(2 * INDENT)) {
                let middle = beside(&line, Role::Client, self.inner);
                let bar = || (FAINT, "⋮".to_owned());
                pieces(
                    page,
                    &[(FAINT, blank.clone()), bar(), (*style, middle), bar()],
                )?;
            }
        }
        Ok(())
    }

    fn margin(&self, margin: &Margin) -> String {
        let Margin { frame, time } = margin;
        format!(
            "{frame:>width$}  {time:>also$}  ",
            width = self.frame,
            also = self.time
        )
    }
}

fn pieces(page: &mut Page<'_>, pieces: &[Note]) -> io::Result<()> {
    let mut pieces: Vec<(Style, &str)> = pieces
        .iter()
        .map(|(style, text)| (*style, text.as_str()))
        .collect();
    // Nothing but blanks at the end of a line.
    while let Some((style, text)) = pieces.pop() {
        let kept = text.trim_end();
        if !kept.is_empty() {
            pieces.push((style, kept));
            break;
        }
    }
    page.drawn(0, &pieces)
}

/// A lifeline, or the state that stands on it.
fn lifeline(state: &str) -> String {
    if state.is_empty() {
        "│".to_owned()
    } else {
        state.to_owned()
    }
}

const fn style_of(state: &str) -> Style {
    if state.is_empty() { PLAIN } else { HEAD }
}

fn wrapped(text: &str, width: usize) -> impl Iterator<Item = String> + use<> {
    page::wrap(text, width.max(16)).into_iter()
}

/// The text near the lifeline of `sender`, in so many columns.
fn beside(text: &str, sender: Role, width: usize) -> String {
    let rest = width.saturating_sub(text.width() + INDENT);
    let (near, far) = (" ".repeat(INDENT.min(width)), " ".repeat(rest));
    match sender {
        Role::Client => format!("{near}{text}{far}"),
        Role::Server => format!("{far}{text}{near}"),
    }
}

fn centred(text: &str, width: usize, fill: char) -> String {
    let rest = width.saturating_sub(text.width());
    let side = |count| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", side(rest / 2), side(rest - rest / 2))
}
