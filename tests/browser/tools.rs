//! What the scripts run on: Node with its packages, and Chromium.

use std::path::PathBuf;
use std::process::Command as Probe;

use slotflow_tests::installed::{installed, works};
use slotflow_tests::requirement::available;
use tokio::process::Command;

/// Names of the browser, Debian's first.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Node with what drives a browser; `None` after saying that the test is skipped.
pub(crate) fn node() -> Option<Command> {
    let packages = installed("browser/node_modules");
    let script = "require('playwright-core'); require('axe-core')";
    let found = works(Probe::new("node").args(["-e", script]).env("NODE_PATH", &packages));
    available("Node with playwright-core and axe-core", found.then_some(()))?;
    let mut command = Command::new("node");
    command.env("NODE_PATH", packages);
    Some(command)
}

/// Where the browser lies; `None` after saying that the test is skipped.
pub(crate) fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<_> = std::env::split_paths(&path).collect();
    let mut programs = CHROMIUM.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
    available("Chromium", programs.find(|program| program.is_file()))
}
