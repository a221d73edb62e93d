//! A screen as a picture that any browser shows.

use std::fmt::Write;

use vt100::{Cell, Color, Screen};

/// What one character takes, in pixels, and the room around all.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;
const MARGIN: f64 = 16.0;

const BACKGROUND: &str = "#1e2127";
const TEXT: &str = "#d7dae0";
/// The eight colours of a terminal, and their bright forms.
const PALETTE: [&str; 16] = [
    "#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", //
    "#7f848e", "#ff7b86", "#b5e890", "#f4d58d", "#82c4ff", "#dc9bef", "#7fd5df", "#ffffff",
];

/// Draws what was typed, and below it what stands on the screen.
pub(crate) fn picture(typed: &str, screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let is_empty =
        |row: u16| (0..columns).all(|column| screen.cell(row, column).is_none_or(|it| it.contents().trim().is_empty()));
    let last = (0..rows).rev().find(|row| !is_empty(*row)).map_or(0, |row| row + 1);
    let (width, height) = (f64::from(columns) * WIDTH + 2.0 * MARGIN, f64::from(last + 1) * HEIGHT + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    write(&mut svg, 0, 0, &format!("fill=\"{}\"", PALETTE[10]), "$");
    write(&mut svg, 0, 2, &format!("fill=\"{TEXT}\" font-weight=\"bold\""), typed);
    for row in 0..last {
        for (column, style, text) in runs(screen, row, columns) {
            write(&mut svg, row + 1, column, &style, &text);
        }
    }
    svg + "</svg>\n"
}

/// Characters of a row that stand side by side and look alike: where they begin, how they look, and what they are.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<(u16, String, String)> {
    let mut runs: Vec<(u16, String, String)> = vec![];
    let mut is_open = false;
    for column in 0..columns {
        let cell = screen.cell(row, column).filter(|cell| !cell.contents().trim().is_empty());
        let Some(cell) = cell else {
            // One space does not end a run; more do.
            match runs.last_mut().filter(|_| is_open) {
                Some((.., text)) if !text.ends_with(' ') => text.push(' '),
                _ => is_open = false,
            }
            continue;
        };
        let style = style(cell);
        match runs.last_mut().filter(|(_, like, _)| is_open && *like == style) {
            Some((.., text)) => text.push_str(cell.contents()),
            None => runs.push((column, style, cell.contents().to_owned())),
        }
        is_open = true;
    }
    runs
}

fn style(cell: &Cell) -> String {
    let colour = match cell.fgcolor() {
        Color::Default => TEXT.to_owned(),
        Color::Idx(index) => PALETTE.get(usize::from(index)).map_or_else(|| TEXT.to_owned(), |it| (*it).to_owned()),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    };
    let weight = if cell.bold() { " font-weight=\"bold\"" } else { "" };
    let faint = if cell.dim() { " opacity=\"0.65\"" } else { "" };
    format!("fill=\"{colour}\"{weight}{faint}")
}

fn write(svg: &mut String, row: u16, column: u16, style: &str, text: &str) {
    let text = text.trim_end();
    let (x, y) = (MARGIN + f64::from(column) * WIDTH, MARGIN + (f64::from(row) + 0.75) * HEIGHT);
    let width = f64::from(u16::try_from(text.chars().count()).unwrap_or(u16::MAX)) * WIDTH;
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{width:.1}\" xml:space=\"preserve\" {style}>{text}</text>"
    );
}
