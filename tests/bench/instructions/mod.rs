//! How many instructions do the pure pieces take that every booking or delivery goes through?
//!
//! Counted by Valgrind's callgrind, so that the count does not depend on what else the machine does, and a
//! regression of a few percent can be seen. It does depend on the compiler, which is why nothing is asserted of it.
//! This program runs itself under Valgrind, with a piece and how often to do it; the difference between two
//! counts is the pieces' alone.

mod pieces;

use crate::table::{Cell, Table};
use anyhow::{Context, ensure};
use clap::Args;
use pieces::Piece;
use std::process::Command;

/// How often a piece is done beyond the first times: enough to make what differs between two runs vanish.
const TIMES: usize = 1_000;
const TIMES_IF_QUICK: usize = 20;
/// Times that are subtracted: they also take what is only done once.
const FIRST_TIMES: usize = 10;

/// What this program tells itself under Valgrind.
#[derive(Debug, Args)]
pub(crate) struct Counted {
    /// The piece to do
    #[arg(long, hide = true)]
    piece: Option<Piece>,
    /// How often
    #[arg(long, hide = true, default_value_t = 0)]
    times: usize,
}

/// Counts all pieces, or is what is being counted.
pub(crate) fn measure(quick: bool, counted: &Counted) -> anyhow::Result<Option<Table>> {
    if let Some(piece) = counted.piece {
        piece.run(counted.times)?;
        return Ok(None);
    }
    let times = if quick { TIMES_IF_QUICK } else { TIMES };
    let mut table = Table::new(&["piece", "instructions"]);
    for piece in Piece::ALL {
        let few = instructions(piece, FIRST_TIMES)?;
        let many = instructions(piece, FIRST_TIMES + times)?;
        let each = many.saturating_sub(few) / times;
        table.push(vec![Cell::Text(piece.name().to_owned()), Cell::Count(each)]);
    }
    Ok(Some(table))
}

/// All instructions of a process that does the piece so often.
fn instructions(piece: Piece, times: usize) -> anyhow::Result<usize> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["instructions", "--piece", piece.flag(), "--times", &times.to_string()])
        .output()
        .context("running valgrind, which has to be on this machine")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{piece:?} under valgrind: {said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.with_context(|| format!("no count in what valgrind said: {said}"))?;
    Ok(count.trim().parse()?)
}
