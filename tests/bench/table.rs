//! Results as one table, for people and as JSON.

use serde_json::{Map, Value};
use std::fmt;

/// Rows of the same columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// One result.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    Count(usize),
    Millis(f64),
    Ratio(f64),
    Percent(f64),
    /// In a unit that stands elsewhere.
    Number(f64),
    /// Not measured.
    Nothing,
}

impl Table {
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// An object per row.
    pub(crate) fn to_json(&self) -> Value {
        let object = |row: &Vec<Cell>| {
            let members =
                self.columns.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.to_json()));
            Value::Object(Map::from_iter(members))
        };
        self.rows.iter().map(object).collect()
    }
}

impl Cell {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Millis(number) | Self::Ratio(number) | Self::Percent(number) | Self::Number(number) => {
                (*number).into()
            }
            Self::Nothing => Value::Null,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Millis(millis) => format!("{millis:.2} ms"),
            Self::Ratio(ratio) => format!("{ratio:.2}"),
            Self::Percent(percent) => format!("{percent:.0} %"),
            // No more digits than mean anything.
            Self::Number(number) if number.abs() >= 100.0 => format!("{number:.0}"),
            Self::Number(number) if number.abs() >= 10.0 => format!("{number:.1}"),
            Self::Number(number) => format!("{number:.2}"),
            Self::Nothing => String::new(),
        };
        formatter.pad(&text)
    }
}

impl fmt::Display for Table {
    /// As Markdown, its columns aligned.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(Cell::to_string).collect()).collect();
        let head: Vec<String> = self.columns.iter().map(|name| (*name).to_owned()).collect();
        let width = |column: usize| {
            let all = texts.iter().chain([&head]).filter_map(|row| row.get(column));
            all.map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        for row in [&head, &rule].into_iter().chain(&texts) {
            for (text, width) in row.iter().zip(&widths) {
                write!(formatter, "| {text:<width$} ")?;
            }
            writeln!(formatter, "|")?;
        }
        Ok(())
    }
}
