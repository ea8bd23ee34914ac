//! How things look on a terminal, and nothing that others wrote may act on it.
//!
//! | module | is |
//! |---|---|
//! | `clean` | text of others, without what a terminal would act on |
//! | `colours` | colour, where it is wanted |
//! | `json_text` | JSON on one line, or indented, value for value |
//! | `span` | spans of time in a few characters: `3m ago`, `in 54m` |
//! | `table` | aligned columns |

mod clean;
mod colours;
mod json_text;
mod span;
mod table;

pub(crate) use clean::{CleanText, clean};
pub(crate) use colours::{Colour, Colours};
pub(crate) use json_text::{indented, on_one_line};
pub(crate) use span::{millis, relative, short};
pub(crate) use table::{Cell, Column, Table};
