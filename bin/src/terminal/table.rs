//! Aligned columns, printed page by page: what has been printed need not be kept.

use super::colours::{Colour, Colours};
use std::io::IsTerminal;
use terminal_size::{Width, terminal_size};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
const GAP: usize = 2;
/// What a flexible column keeps when the terminal is narrow.
const LEAST: usize = 12;

/// A column and its heading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    heading: &'static str,
    right: bool,
    flexible: bool,
}

impl Column {
    pub(crate) const fn new(heading: &'static str) -> Self {
        Self { heading, right: false, flexible: false }
    }

    /// For numbers.
    pub(crate) const fn right(heading: &'static str) -> Self {
        Self { right: true, ..Self::new(heading) }
    }

    /// Cut where the terminal ends, and whole where there is none.
    pub(crate) const fn flexible(heading: &'static str) -> Self {
        Self { flexible: true, ..Self::new(heading) }
    }
}

/// What stands in a row's column; the text is clean.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    colour: Option<Colour>,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), colour: None }
    }

    pub(crate) fn painted(text: impl Into<String>, colour: Colour) -> Self {
        Self { text: text.into(), colour: Some(colour) }
    }
}

/// A table that is being printed.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    /// The widest text of each column so far.
    widths: Vec<usize>,
    /// Columns of the terminal, if it is one.
    room: Option<usize>,
    colours: Colours,
    begun: bool,
}

impl Table {
    /// A table on standard output.
    pub(crate) fn on_stdout(columns: &[Column], colours: Colours) -> Self {
        let terminal = std::io::stdout().is_terminal().then(terminal_size).flatten();
        Self::new(columns, terminal.map(|(Width(width), _)| width.into()), colours)
    }

    pub(super) fn new(columns: &[Column], room: Option<usize>, colours: Colours) -> Self {
        let widths = columns.iter().map(|column| column.heading.width()).collect();
        Self { columns: columns.to_vec(), widths, room, colours, begun: false }
    }

    /// The lines of these rows, below the headings if they are the first. Later rows may need wider columns
    /// than earlier ones had.
    pub(crate) fn lines(&mut self, rows: &[Vec<Cell>]) -> Vec<String> {
        for row in rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        let widths = self.fitted();
        let mut lines = Vec::with_capacity(rows.len() + 1);
        if !std::mem::replace(&mut self.begun, true) {
            let headings = self.columns.iter().map(|column| Cell::painted(column.heading, Colour::Faint));
            lines.push(self.line(&headings.collect::<Vec<_>>(), &widths));
        }
        lines.extend(rows.iter().map(|row| self.line(row, &widths)));
        lines
    }

    /// The widths, with what is too much for the terminal taken from the widest of the flexible columns.
    fn fitted(&self) -> Vec<usize> {
        let mut widths = self.widths.clone();
        let Some(room) = self.room else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while excess > 0 {
            let flexible = widths.iter_mut().zip(&self.columns).filter(|(_, column)| column.flexible);
            let widest = flexible.map(|(width, _)| width).max().filter(|width| **width > LEAST);
            let Some(width) = widest else { break };
            *width -= 1;
            excess -= 1;
        }
        widths
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let mut line = String::new();
        let mut behind = 0;
        for ((cell, column), &width) in row.iter().zip(&self.columns).zip(widths) {
            let text = cut(&cell.text, width);
            let padding = width.saturating_sub(text.width());
            let (before, after) = if column.right { (padding, 0) } else { (0, padding) };
            line.extend(std::iter::repeat_n(' ', behind + before));
            match cell.colour {
                Some(colour) if !text.is_empty() => line.push_str(&self.colours.paint(colour, &text)),
                _ => line.push_str(&text),
            }
            behind = after + GAP;
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The text in at most `width` columns; an ellipsis says that something is missing.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(character);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::new("NAME"), Column::right("N"), Column::flexible("URL")];

    fn row(name: &str, number: &str, url: &str) -> Vec<Cell> {
        vec![Cell::painted(name, Colour::Good), Cell::new(number), Cell::new(url)]
    }

    #[test]
    fn columns_fit_their_content_and_lines_end_with_it() {
        let mut table = Table::new(&COLUMNS, None, Colours::NONE);
        let lines = table.lines(&[row("会议", "7", "https://a.example/"), row("a", "1234", "")]);
        assert_eq!(lines, ["NAME     N  URL", "会议     7  https://a.example/", "a     1234"]);
    }

    #[test]
    fn later_pages_have_no_headings_and_no_narrower_columns() {
        let mut table = Table::new(&COLUMNS, None, Colours::NONE);
        table.lines(&[row("pending", "1", "x")]);
        assert_eq!(table.lines(&[row("a", "2", "y")]), ["a        2  y"]);
    }

    #[test]
    fn a_narrow_terminal_cuts_flexible_columns_only() {
        let mut table = Table::new(&COLUMNS, Some(26), Colours::NONE);
        let lines = table.lines(&[row("delivered", "1", "https://hooks.acme.dev/a")]);
        assert_eq!(lines[1], "delivered  1  https://hoo…");
        let mut table = Table::new(&COLUMNS, Some(30), Colours::NONE);
        let lines = table.lines(&[row("delivered", "1", "会议会议会议会议会议")]);
        assert_eq!(lines[1], "delivered  1  会议会议会议会…");
    }

    #[test]
    fn a_cut_text_is_never_wider_than_its_column() {
        for width in 1..12 {
            for text in ["https://acme.dev/", "会议会议会议", "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}"]
            {
                assert!(cut(text, width).width() <= width, "{text} in {width}");
            }
        }
    }
}
