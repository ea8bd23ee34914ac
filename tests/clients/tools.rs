//! What the receivers run on: Python and Node with their packages.
//!
//! `.ci/install` puts them below cargo's target directory; a `python3` or `node` that has them anyway does as well.

use std::process::Command as Probe;

use slotflow_tests::installed::{installed, works};
use slotflow_tests::requirement::available;
use tokio::process::Command;

/// A Python with the published client and the receivers' packages; `None` after saying that the test is skipped.
pub(crate) fn python() -> Option<Command> {
    let modules = "import fastapi, flask, slotflow, standardwebhooks, uvicorn";
    let found = [installed("python/bin/python"), "python3".into()]
        .into_iter()
        .find(|python| works(Probe::new(python).args(["-c", modules])));
    let mut command = Command::new(available("Python with slotflow, flask and fastapi", found)?);
    // Nothing may be written beside the sources, and lines must come when they are printed.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    Some(command)
}

/// The tool that tries an API by its description; `None` after saying that the test is skipped.
pub(crate) fn schemathesis() -> Option<Command> {
    let found = [installed("python/bin/schemathesis"), "schemathesis".into()]
        .into_iter()
        .find(|program| works(Probe::new(program).arg("--version")));
    Some(Command::new(available("Schemathesis", found)?))
}

/// Node with the Express receiver's packages; `None` after saying that the test is skipped.
pub(crate) fn node() -> Option<Command> {
    let packages = installed("node/node_modules");
    let script = "require('express'); require('standardwebhooks')";
    let found = works(Probe::new("node").args(["-e", script]).env("NODE_PATH", &packages));
    available("Node with express", found.then_some(()))?;
    let mut command = Command::new("node");
    command.env("NODE_PATH", packages);
    Some(command)
}
