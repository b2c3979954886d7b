//! The paper of a ladder: two lifelines and what is drawn on them, in units of a pixel. A long ladder
//! is several pictures, one below the other, so that a page that is printed can end between two of them.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use crate::finding::{Role, Severity};
use crate::report::page::wrap;

/// Of a letter of the font, in tenths of a unit.
const LETTER: usize = 73;
/// For the name of a state beside a lifeline.
const STATE: usize = 96;
/// Between the lifelines.
const INNER: usize = 430;
/// Between columns.
const GAP: usize = 12;
/// From a line to the next.
const LINE: usize = 16;
/// An arrow falls by so much: time passes while it is on its way.
const FALL: usize = 8;
/// A picture ends behind this height.
const SHEET: usize = 260;

/// How a note is written.
#[derive(Clone, Copy)]
pub enum Tone {
    Plain,
    Faint,
    Found(Severity),
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Tone::Plain => "note",
            Tone::Faint => "note faint",
            Tone::Found(Severity::Error) => "note error",
            Tone::Found(Severity::Warning) => "note warning",
            Tone::Found(Severity::Notice) => "note notice",
            Tone::Found(Severity::Info) => "note info",
        }
    }
}

/// See the module.
pub struct Sheet {
    name: String,
    about: String,
    /// Right ends of the columns of packets and times.
    packet: usize,
    time: usize,
    /// The lifelines.
    client: usize,
    server: usize,
    /// How far the picture at hand has come.
    y: usize,
    /// What is drawn on it.
    drawn: String,
    /// The pictures before.
    done: Vec<Markup>,
}

/// Puts text into a picture, with what is markup escaped.
fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

impl Sheet {
    /// An empty one, with room for so many letters of packet numbers and times.
    pub fn new(name: &str, about: &str, packet: usize, time: usize) -> Sheet {
        let column = |letters: usize| letters.max(6) * LETTER / 10;
        let packet = 4 + column(packet);
        let time = packet + GAP + column(time.max(7));
        let client = time + GAP + STATE;
        Sheet {
            name: name.to_owned(),
            about: about.to_owned(),
            packet,
            time,
            client,
            server: client + INNER,
            y: 0,
            drawn: String::new(),
            done: Vec::new(),
        }
    }

    const fn width(&self) -> usize {
        self.server + STATE + GAP
    }

    const fn x(&self, role: Role) -> usize {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }

    /// Text whose `anchor` (start, middle, end) is at `x`.
    fn text(&mut self, x: usize, y: usize, anchor: &str, class: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let text = escaped(text);
        // Memory takes everything.
        let _ = write!(
            self.drawn,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        );
    }

    fn shape(&mut self, shape: std::fmt::Arguments<'_>) {
        let _ = self.drawn.write_fmt(shape);
    }

    /// What the columns are, and who the ends are.
    pub fn heads(&mut self, client: &str, server: &str) {
        let (packet, time) = (self.packet, self.time);
        self.text(packet, 28, "end", "head", "Packet");
        self.text(time, 28, "end", "head", "Seconds");
        let half = |text: &str| text.len() * LETTER / 20;
        let first = self.client.max(half(client) + time + GAP);
        let last = self.server.min(self.width().saturating_sub(half(server)));
        self.text(first, 12, "middle", "head", "client");
        self.text(first, 28, "middle", "", client);
        self.text(last, 12, "middle", "head", "server");
        self.text(last, 28, "middle", "", server);
        self.y = 36;
    }

    /// The states of both ends, outside of the lifelines, on the line at hand.
    fn names(&mut self, client: (usize, &str), server: (usize, &str)) {
        let (left, right) = (self.client - GAP / 2 - 2, self.server + GAP / 2 + 2);
        self.text(left, client.0, "end", "state", client.1);
        self.text(right, server.0, "start", "state", server.1);
    }

    /// States that no segment leads to.
    pub fn states(&mut self, client: &str, server: &str) {
        let y = self.y + 12;
        self.names((y, client), (y, server));
        self.y += LINE + 4;
    }

    fn margin(&mut self, packet: &str, time: &str, y: usize) {
        let (right, left) = (self.packet, self.time);
        self.text(right, y, "end", "faint", packet);
        self.text(left, y, "end", "faint", time);
    }

    /// A segment: its frame, sender and label; how its arrow is drawn, whether it arrives, and the
    /// worst that is found; the states that are others behind it.
    pub fn arrow(
        &mut self,
        (packet, time): (&str, &str),
        sender: Role,
        label: &str,
        (class, arrives, worst): (&str, bool, Option<Severity>),
        (client, server): (&str, &str),
    ) {
        self.turn();
        let (from, to) = (self.x(sender), self.x(sender.peer()));
        let text = self.y + 13;
        let (begin, end) = (self.y + 18, self.y + 18 + FALL);
        let (own, other) = (begin + 4, end + 4);
        self.margin(packet, time, own);
        match sender {
            Role::Client => self.names((own, client), (other, server)),
            Role::Server => self.names((other, client), (own, server)),
        }
        let middle = usize::midpoint(from, to);
        self.text(middle, text, "middle", "label", label);
        let severity = worst.map_or("", Severity::as_str);
        // Towards the receiver.
        let sign: i64 = if to > from { 1 } else { -1 };
        let at = |x: usize, by: i64| x.saturating_add_signed((by * sign) as isize);
        let (tip, back) = (at(to, -1), at(to, -10));
        let stop = if arrives { at(to, -8) } else { at(to, -40) };
        self.shape(format_args!(
            "<path class=\"{class} {severity}\" d=\"M{from} {begin}L{stop} {end}\"/>"
        ));
        if arrives {
            let (above, below) = (end - 5, end + 4);
            self.shape(format_args!(
                "<path class=\"tip {severity}\" d=\"M{tip} {end}L{back} {above}L{back} {below}z\"/>"
            ));
        } else {
            let (left, right) = (stop.saturating_sub(5), stop + 5);
            let (above, below) = (end - 5, end + 5);
            self.shape(format_args!(
                "<path class=\"cross {severity}\" d=\"M{left} {above}L{right} {below}M{left} {below}L{right} {above}\"/>"
            ));
        }
        if worst.is_some() {
            self.shape(format_args!(
                "<circle class=\"dot {severity}\" cx=\"{from}\" cy=\"{begin}\" r=\"5\"/>"
            ));
        }
        self.y = end + 4;
    }

    /// A note on the segment that was drawn last, at the side of its sender.
    pub fn note(&mut self, side: Role, tone: Tone, text: &str, columns: usize) {
        for line in wrap(text, columns) {
            let y = self.y + 11;
            match side {
                Role::Client => self.text(self.client + GAP, y, "start", tone.class(), &line),
                Role::Server => self.text(self.server - GAP, y, "end", tone.class(), &line),
            }
            self.y += LINE;
        }
    }

    /// A little room.
    pub const fn space(&mut self) {
        self.y += 4;
    }

    /// Time or segments that are not drawn: the lifelines are broken.
    pub fn gap(&mut self, packet: &str, time: &str, text: &str) {
        self.turn();
        let (y, client, server) = (self.y, self.client, self.server);
        let bottom = y + LINE + 6;
        self.shape(format_args!(
            "<path class=\"paper\" d=\"M{client} {y}V{bottom}M{server} {y}V{bottom}\"/>\
             <path class=\"break\" d=\"M{client} {y}V{bottom}M{server} {y}V{bottom}\"/>"
        ));
        let line = y + 15;
        self.margin(packet, time, line);
        let middle = usize::midpoint(client, server);
        self.text(middle, line, "middle", "gap", text);
        self.y = bottom;
    }

    /// What is found at a packet that is none of the segments.
    pub fn aside(&mut self, packet: &str, time: &str, tone: Tone, text: &str) {
        self.turn();
        self.margin(packet, time, self.y + 11);
        self.note(Role::Client, tone, text, INNER * 10 / LETTER - 4);
        self.space();
    }

    /// Begins the next picture where this one is long enough.
    fn turn(&mut self) {
        if self.y > SHEET {
            self.close();
        }
    }

    fn close(&mut self) {
        let (width, height) = (self.width(), self.y + 2);
        let drawn = std::mem::take(&mut self.drawn);
        let number = self.done.len() + 1;
        let name = match number {
            1 => self.name.clone(),
            _ => format!("{}, part {number}", self.name),
        };
        let (client, server) = (self.client, self.server);
        let top = if number == 1 { 36 } else { 0 };
        self.done.push(html! {
            svg.ladder xmlns="http://www.w3.org/2000/svg" role="group" aria-label=(name)
                width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
                title { (name) }
                @if number == 1 { desc { (self.about) } }
                path.life d={ "M" (client) " " (top) "V" (height) "M" (server) " " (top) "V" (height) } {}
                (PreEscaped(drawn))
            }
        });
        self.y = 0;
    }

    /// The pictures.
    pub fn end(mut self) -> Markup {
        self.close();
        html! { @for picture in &self.done { (picture) } }
    }
}
