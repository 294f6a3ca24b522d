//! Pictures in the place of the rows, and the line that is typed into.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line as Stroke, Points};

use super::talk::{Plot, Profile, label};
use super::{Looking, Over, Picture, Shape};
use crate::model::query::Scale;
use crate::ui::pane::View;
use crate::ui::widgets::grid::Grid;
use crate::ui::widgets::{frame, notes, spark, text};

/// With less room there is no box, and with fewer lines there are no axes.
const BOXED: (u16, u16) = (30, 8);

impl Looking {
    /// Answers where the cursor is, while something is typed.
    pub fn draw(
        &self,
        grid: &Grid,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        focused: bool,
    ) -> Option<Position> {
        let typing = self.find.typing() && area.height > 0;
        let body = Rect { height: area.height - u16::from(typing), ..area };
        match &self.over {
            Some(over) => draw_over(over, grid, body, buf, view),
            None => grid.draw(body, buf, view.theme, focused),
        }
        if !typing {
            return None;
        }
        let line = Rect { y: body.bottom(), height: 1, ..area };
        let within = match self.within {
            Some(column) => format!("in {}", grid.columns[column].name),
            None => "in all cells".to_owned(),
        };
        let used = text::put_right(buf, line, &within, view.theme.dim);
        let field = Rect { width: line.width.saturating_sub(used + 1), ..line };
        self.find.draw(field, buf, view.theme)
    }
}

fn draw_over(over: &Over, grid: &Grid, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let wait = if over.whole { "" } else { " …" };
    let title = format!("{}{wait}", over.title);
    let inner = if area.width >= BOXED.0 && area.height >= BOXED.1 {
        frame::panel(area, buf, view.theme, &title, true)
    } else {
        let line = Rect { height: 1.min(area.height), ..area };
        text::put(buf, line, &title, view.theme.accent);
        Rect { y: area.y + line.height, height: area.height - line.height, ..area }
    };
    if let Some(failure) = &over.failure {
        return notes::quiet(inner, buf, view, failure.to_string());
    }
    match &over.picture {
        Picture::Profile { profile: Some(profile), column } => {
            let scale = Scale::of(grid.columns[*column].kind.as_str());
            draw_profile(profile, scale, inner, buf, view);
        }
        Picture::Chart { plot: Some(plot), x, y, shape, .. } => {
            let scale = |column: &Option<usize>| {
                let kind = column.and_then(|at| grid.columns.get(at));
                kind.map_or(Scale::Number, |column| Scale::of(column.kind.as_str()))
            };
            draw_plot(plot, *shape, (scale(x), scale(y)), inner, buf, view);
        }
        Picture::Chart { share, .. } if !over.whole => {
            notes::quiet(inner, buf, view, format!("Reading … {:.0} %", share * 100.0));
        }
        _ if over.whole => notes::quiet(inner, buf, view, "There is nothing to draw."),
        _ => notes::quiet(inner, buf, view, "Reading …"),
    }
}

fn draw_profile(p: &Profile, scale: Scale, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let count = |n: usize| text::count(n as u64);
    let share = |n: usize| format!("{} ({:.1} %)", count(n), percent(n, p.rows));
    let about = if p.is_exact { "" } else { "about " };
    let mut facts = vec![
        ("rows", count(p.rows)),
        ("NULL", share(p.nulls)),
        ("distinct", format!("{about}{}", count(p.distinct))),
    ];
    if scale == Scale::Text {
        facts.push(("empty", share(p.empty)));
    }
    if let Some((least, greatest)) = &p.range {
        facts.push(("min", text::fit(least.as_str(), 60).into_owned()));
        facts.push(("max", text::fit(greatest.as_str(), 60).into_owned()));
    }
    facts.extend(p.mean.map(|mean| ("mean", label(Scale::Number, mean))));
    // Beside one another where there is room.
    let wide = area.width >= 70;
    let left = if wide { Rect { width: 32, ..area } } else { area };
    let used = notes::facts(left, buf, view, facts);
    let mut rest = match wide {
        true => Rect { x: area.x + 34, width: area.width - 34, ..area },
        false => Rect { y: area.y + used, height: area.height - used, ..area },
    };
    if !p.bins.is_empty() && rest.height >= 2 {
        let height = (rest.height / 3).clamp(1, 6);
        draw_bins(&p.bins, Rect { height, ..rest }, buf, view.theme.accent);
        rest = Rect { y: rest.y + height + 1, height: rest.height - height - 1, ..rest };
    }
    // A few of very many that are all alike would tell nothing.
    if p.is_exact && p.distinct > p.top.len() && p.top.iter().all(|(_, rows)| *rows == 1) {
        text::put(buf, rest, "Every value occurs once.", view.theme.dim);
        return;
    }
    let least = if p.is_exact { "" } else { "≥ " };
    let rows: Vec<_> = p
        .top
        .iter()
        .map(|(name, rows)| (name.as_str(), format!("{least}{}", count(*rows)), *rows as f64))
        .collect();
    draw_bars(&rows, rest, buf, view);
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// A histogram, several lines high: each line is an eighth of a cell's steps.
fn draw_bins(bins: &[usize], area: Rect, buf: &mut Buffer, style: Style) {
    let top = bins.iter().copied().max().unwrap_or(0).max(1) as u64;
    let height = u64::from(area.height);
    for (line, y) in (area.y..area.bottom()).rev().enumerate() {
        let below = top * line as u64;
        // What of each bin stands above the lines below, of a line's worth.
        let faces: Vec<u64> =
            bins.iter().map(|n| (*n as u64 * height).saturating_sub(below).min(top)).collect();
        let line = Rect { y, height: 1, ..area };
        text::put(buf, line, &spark::line(&faces, area.width.into(), top), style);
    }
}

/// Names with a bar and what it says.
fn draw_bars(rows: &[(&str, String, f64)], area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let names = rows.iter().map(|(name, ..)| text::width(name)).max().unwrap_or(0);
    let name_room = (names as u16).clamp(4, (area.width / 3).max(4));
    let said_room = rows.iter().map(|(_, said, _)| text::width(said)).max().unwrap_or(0) as u16;
    let left = area.x + name_room + 1;
    let bar_room = area.width.saturating_sub(name_room + said_room + 2);
    let most = rows.iter().map(|(.., size)| size.abs()).fold(f64::MIN_POSITIVE, f64::max);
    for ((name, said, size), y) in rows.iter().zip(area.y..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        let (face, style) =
            if name.is_empty() { ("(empty)", view.theme.null) } else { (*name, view.theme.base) };
        text::put(buf, Rect { width: name_room.min(line.width), ..line }, face, style);
        let long = (size.abs() / most * f64::from(bar_room)).round() as usize;
        let bar = Rect { x: left, width: bar_room, ..line }.intersection(area);
        let style = if *size < 0.0 { view.theme.warn } else { view.theme.accent };
        text::put(buf, bar, &"█".repeat(long), style);
        text::put_right(buf, line, said, view.theme.dim);
    }
}

fn draw_plot(
    plot: &Plot,
    shape: Shape,
    scales: (Scale, Scale),
    area: Rect,
    buf: &mut Buffer,
    view: &View<'_>,
) {
    let (x, y, bins, dots) = match plot {
        Plot::Groups { groups, others } => {
            let said = |sum: f64| label(Scale::Number, sum);
            let rows: Vec<_> =
                groups.iter().map(|(name, _, sum)| (name.as_str(), said(*sum), *sum)).collect();
            draw_bars(&rows, area, buf, view);
            let hidden = rows.len().saturating_sub(area.height.into()) + others;
            if hidden > 0 && area.height > 1 {
                let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
                let covered = usize::from(rows.len() >= usize::from(area.height));
                let words = format!(" and {} more ", hidden + covered);
                text::put(buf, foot, &" ".repeat(area.width.into()), view.theme.base);
                text::put_right(buf, foot, &words, view.theme.dim);
            }
            return;
        }
        Plot::Points { x, y, bins, dots } => (*x, *y, bins, dots),
    };
    // Bars stand on nought.
    let y = if shape == Shape::Bars { (y.0.min(0.0), y.1.max(0.0)) } else { y };
    let (left, right) = (label(scales.0, x.0), label(scales.0, x.1));
    let (low, high) = (label(scales.1, y.0), label(scales.1, y.1));
    let axes = area.height >= 5 && area.width >= 30;
    let margin = if axes { text::width(&low).max(text::width(&high)) as u16 + 1 } else { 0 };
    let body = Rect {
        x: area.x + margin,
        width: area.width.saturating_sub(margin),
        height: area.height - u16::from(axes),
        ..area
    };
    if body.is_empty() {
        return;
    }
    if axes {
        let side = Rect { width: margin - 1, height: 1, ..area };
        text::put_right(buf, side, &high, view.theme.dim);
        text::put_right(buf, Rect { y: body.bottom() - 1, ..side }, &low, view.theme.dim);
        let foot = Rect { y: body.bottom(), height: 1, ..body };
        text::put(buf, foot, &left, view.theme.dim);
        text::put_right(buf, foot, &right, view.theme.dim);
    }
    let (xs, ys) = (wide(x), wide(y));
    let colour = view.theme.accent.fg.unwrap_or_default();
    let across = |share: f64| xs[0] + (xs[1] - xs[0]) * share;
    let up = |share: f64| ys[0] + (ys[1] - ys[0]) * share;
    let places: Vec<(f64, f64)> = dots.iter().map(|(x, y)| (across(*x), up(*y))).collect();
    let nought = 0.0_f64.clamp(ys[0], ys[1]);
    let canvas = Canvas::default().marker(Marker::Braille).x_bounds(xs).y_bounds(ys);
    let canvas = canvas.paint(|context| match shape {
        Shape::Dots => context.draw(&Points { coords: &places, color: colour }),
        Shape::Line => {
            for pair in bins.windows(2) {
                let ((_, x1, y1), (_, x2, y2)) = (pair[0], pair[1]);
                context.draw(&Stroke { x1, y1, x2, y2, color: colour });
            }
            if let [(_, x, y)] = bins.as_slice() {
                context.draw(&Points { coords: &[(*x, *y)], color: colour });
            }
        }
        Shape::Bars => {
            for (_, x, y) in bins {
                let (x1, x2, y1, y2) = (*x, *x, nought, *y);
                context.draw(&Stroke { x1, y1, x2, y2, color: colour });
            }
        }
    });
    canvas.render(body, buf);
}

/// An axis of a single point still has a width.
fn wide((low, high): (f64, f64)) -> [f64; 2] {
    if low < high { [low, high] } else { [low - 0.5, high + 0.5] }
}
