//! Lists: page after page, as a table for people or as JSON for programs.

use super::flags::AmountFlags;
use super::operator::Operator;
use super::query::Query;
use crate::client::Answer;
use crate::failure::Failure;
use crate::output::say;
use crate::terminal::{Cell, Colour, Column, Table};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use slotflow_domain::Timestamp;
use std::process::ExitCode;

/// The largest page that the API gives.
const LARGEST_PAGE: usize = 100;

/// A kind of thing that can be listed, and its row in a table.
pub(super) trait Listed: DeserializeOwned {
    /// What several of them are called.
    const NAME: &'static str;
    /// The columns.
    const COLUMNS: &'static [Column];
    /// What stands in them.
    fn row(&self, now: Timestamp) -> Vec<Cell>;
}

/// A page of any list.
#[derive(Deserialize)]
struct Page {
    #[serde(alias = "deliveries", alias = "events", alias = "webhooks")]
    items: Vec<Answer>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// Asks for page after page and prints each as it comes, so that a long list costs no memory.
pub(super) async fn print<T: Listed>(
    operator: &Operator,
    query: &Query,
    amount: &AmountFlags,
) -> Result<ExitCode, Failure> {
    let mut printer = Printer::<T>::new(operator);
    let mut cursor: Option<String> = None;
    let mut left = amount.most();
    loop {
        let page_query =
            query.clone().with("limit", Some(left.min(LARGEST_PAGE))).with("cursor", cursor.take());
        let page: Page = operator.client.get(&page_query.text()).await?.parse()?;
        printer.page(&page.items)?;
        left = left.saturating_sub(page.items.len());
        cursor = page.next_cursor;
        // A page without anything would come again and again.
        if cursor.is_none() || left == 0 || page.items.is_empty() {
            break;
        }
    }
    printer.end(cursor.is_some());
    Ok(ExitCode::SUCCESS)
}

/// Prints a list that comes in one answer, without pages.
pub(super) async fn print_whole<T: Listed>(operator: &Operator, query: &Query) -> Result<ExitCode, Failure> {
    let mut printer = Printer::<T>::new(operator);
    let page: Page = operator.client.get(&query.text()).await?.parse()?;
    printer.page(&page.items)?;
    printer.end(false);
    Ok(ExitCode::SUCCESS)
}

/// A short list, as the lines of a table.
pub(super) fn table<T: Listed>(operator: &Operator, items: &[T]) -> Vec<String> {
    let rows: Vec<_> = items.iter().map(|item| item.row(operator.now)).collect();
    Table::on_stdout(T::COLUMNS, operator.colours).lines(&rows)
}

struct Printer<'a, T> {
    operator: &'a Operator,
    table: Table,
    printed: usize,
    of: std::marker::PhantomData<T>,
}

impl<'a, T: Listed> Printer<'a, T> {
    fn new(operator: &'a Operator) -> Self {
        let table = Table::on_stdout(T::COLUMNS, operator.colours);
        Self { operator, table, printed: 0, of: std::marker::PhantomData }
    }

    fn page(&mut self, items: &[Answer]) -> Result<(), Failure> {
        self.printed += items.len();
        if self.operator.json {
            items.iter().for_each(|item| say!("{}", item.line()));
        } else if !items.is_empty() {
            let items = items.iter().map(Answer::parse::<T>).collect::<Result<Vec<_>, _>>()?;
            let rows: Vec<_> = items.iter().map(|item| item.row(self.operator.now)).collect();
            self.table.lines(&rows).iter().for_each(|line| say!("{line}"));
        }
        Ok(())
    }

    fn end(&self, more: bool) {
        if self.operator.json {
            return;
        }
        if self.printed == 0 {
            say!("No {}.", T::NAME);
        } else if more {
            let note = format!("{} shown, and there are more: --limit N, or --all", self.printed);
            say!("{}", self.operator.colours.paint(Colour::Faint, &note));
        }
    }
}
