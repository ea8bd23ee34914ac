//! How things look on a terminal, and nothing that others wrote may act on it.
//!
//! | module | is |
//! |---|---|
//! | `clean` | text of others, without what a terminal would act on |
//! | `colours` | colour, where it is wanted |
//! | `span` | spans of time in a few characters: `3m ago`, `in 54m` |
//! | `table` | aligned columns |

mod clean;
mod colours;
mod span;
mod table;

pub(crate) use clean::CleanText;
pub(crate) use colours::{Colour, Colours};
pub(crate) use slotflow_domain::clean_text::clean;
pub(crate) use slotflow_domain::json_layout::{indented, on_one_line};
pub(crate) use span::{millis, relative, short};
pub(crate) use table::{Cell, Column, Table};
