//! What one end sent, drawn over time as tcptrace made it famous: its data as bars of sequence numbers,
//! what its peer has acknowledged below them, and the edge of its peer's window above.

mod axis;
mod marks;
mod plot;
mod scale;

use maud::{Markup, PreEscaped, html};

use self::plot::Plot;
use super::connection::drawing;
use crate::finding::Role;
use crate::report::text::ladder::Scene;
use crate::report::text::ladder::amounts;
use crate::report::words;

/// Size of the picture, and of its margins.
pub const WIDTH: f64 = 860.0;
pub const HEIGHT: f64 = 420.0;
pub const LEFT: f64 = 92.0;
pub const RIGHT: f64 = 16.0;
pub const TOP: f64 = 34.0;
pub const BOTTOM: f64 = 44.0;

/// The graph of what `sender` sent, or why there is none.
pub fn figure(scene: &Scene<'_>, sender: Role) -> Markup {
    let Some(picture) = &scene.connection.drawing else {
        return Markup::default();
    };
    let who = sender.as_str();
    let peer = sender.peer().as_str();
    let Some(plot) = Plot::of(scene, picture, sender) else {
        return html! { p.faint { "The " (who) " sent no data: there is nothing to graph." } };
    };
    let id = scene.connection.id;
    let name = format!("Time-sequence graph of connection {id}: what the {who} sent");
    let stats = scene.connection.stats.of(sender);
    let about = format!(
        "Sequence numbers of the {who} over time: {} in {}, {} sent again; {} marked",
        words::count(stats.bytes, "octet"),
        amounts::time(scene.connection.duration_s.0),
        words::number(stats.retransmissions),
        words::count(plot.marked() as u64, "finding"),
    );
    let drawn = plot.draw(sender);
    let svg = html! {
        svg.graph xmlns="http://www.w3.org/2000/svg" role="group" aria-label=(name)
            width=(WIDTH) height=(HEIGHT) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            title { (name) }
            desc { (about) }
            (PreEscaped(drawn))
        }
    };
    let caption = html! {
        strong { "What the " (who) " sent" } " and the " (peer) " acknowledged."
        @for remark in plot.remarks(sender) { " " (remark) }
    };
    drawing(&name, &svg, &caption)
}
