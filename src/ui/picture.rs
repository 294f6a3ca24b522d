//! A drawn screen as an SVG: the pictures of the README are what the program draws, made
//! from the very cells it would write to a terminal.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// One cell in SVG units, and the room around the screen.
const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 14.0;
const FONT: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";
const GROUND: &str = "#14171c";
const TEXT: &str = "#d0d4dc";

/// The sixteen colours of a terminal, as most draw them on a dark ground.
const SIXTEEN: [&str; 16] = [
    "#2b3038", "#e06c6c", "#7fc77f", "#e0c060", "#6f9fe8", "#c58fe0", "#5fc7c7", "#c8ccd4",
    "#6b7280", "#ff8a8a", "#98e098", "#ffdf80", "#8fbaff", "#dcaaff", "#80e0e0", "#ffffff",
];

/// The whole buffer as a stand-alone SVG.
pub fn svg(buf: &Buffer) -> String {
    let (width, height) = (f32::from(buf.area.width), f32::from(buf.area.height));
    let (width, height) = (width * CELL.0 + 2.0 * MARGIN, height * CELL.1 + 2.0 * MARGIN);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" font-family=\"{FONT}\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>"
    );
    for y in 0..buf.area.height {
        for run in runs(buf, y) {
            run.write(&mut out, y);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Neighbouring cells that look alike.
struct Run {
    x: u16,
    width: u16,
    text: String,
    look: Look,
}

#[derive(Clone, PartialEq)]
struct Look {
    fill: String,
    ground: Option<String>,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let reversed = cell.modifier.contains(Modifier::REVERSED);
        let (fore, back) = (colour(cell.fg), colour(cell.bg));
        let (fill, ground) = if reversed {
            (back.unwrap_or(GROUND.into()), Some(fore.unwrap_or(TEXT.into())))
        } else {
            (fore.unwrap_or(TEXT.into()), back)
        };
        Self { fill, ground, modifier: cell.modifier }
    }
}

fn runs(buf: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while x < buf.area.width {
        let cell = &buf[(buf.area.x + x, buf.area.y + y)];
        let wide = (cell.symbol().width() as u16).max(1);
        let look = Look::of(cell);
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.text.push_str(cell.symbol());
                run.width += wide;
            }
            _ => runs.push(Run { x, width: wide, text: cell.symbol().to_owned(), look }),
        }
        x += wide;
    }
    runs
}

impl Run {
    fn write(&self, out: &mut String, y: u16) {
        let (x, top) = (MARGIN + f32::from(self.x) * CELL.0, MARGIN + f32::from(y) * CELL.1);
        let width = f32::from(self.width) * CELL.0;
        if let Some(ground) = &self.look.ground {
            let height = CELL.1;
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\" \
                 fill=\"{ground}\"/>"
            );
        }
        let text = self.text.trim_end();
        let lead = text.len() - text.trim_start().len();
        let (text, x) = (text.trim_start(), x + lead as f32 * CELL.0);
        if text.is_empty() {
            return;
        }
        let mut style = String::new();
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::DIM, " opacity=\"0.6\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        ] {
            if self.look.modifier.contains(modifier) {
                style.push_str(attribute);
            }
        }
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" \
             xml:space=\"preserve\" fill=\"{}\"{style}>{}</text>",
            top + 13.5,
            text.width() as f32 * CELL.0,
            self.look.fill,
            escaped(text)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `None` for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    let sixteen = |at: usize| Some(SIXTEEN[at].to_owned());
    match colour {
        Color::Reset => None,
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(at @ 0..16) => sixteen(at.into()),
        Color::Indexed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn cells_become_text_that_cannot_break_out() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        buf.set_string(1, 0, "a<b>&c", Style::new().fg(Color::Red));
        buf.set_string(8, 0, "日本", Style::new().add_modifier(Modifier::REVERSED));
        let svg = svg(&buf);
        assert!(svg.contains(">a&lt;b&gt;&amp;c</text>"), "{svg}");
        assert!(svg.contains("fill=\"#e06c6c\""), "{svg}");
        assert!(svg.contains("textLength=\"33.6\""), "two wide characters are four columns: {svg}");
    }
}
