//! What the documents say of flags, variables and files is true.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use slotflow_tests::command_line::run;
use slotflow_tests::requirement::available;
use slotflow_tests::server_binary::server_binary;

/// The program, as documents and the unit call it.
const PROGRAMS: &[&str] = &["slotflow", "./slotflow", "/usr/local/bin/slotflow"];
const UNIT: &str = "docs/operations/slotflow.service";
/// What the server may take beyond a request's timeout: 5 s for what is under way, 3 s for the database.
const ENDING_SECONDS: u64 = 5 + 3;

#[tokio::test]
async fn every_flag_and_variable_that_operators_read_of_exists() {
    let help = Help::of_everything().await;
    let mut unknown = BTreeSet::new();
    for path in operators_documents() {
        let text = read(&path);
        let flags = flags_in(&text).into_iter().filter(|flag| !help.flags.contains(flag));
        let variables = variables_in(&text).into_iter().filter(|name| !help.variables.contains(name));
        unknown.extend(flags.chain(variables).map(|name| format!("{name} in {}", shown(&path))));
    }
    assert!(unknown.is_empty(), "no help text of slotflow knows of:\n{unknown:#?}");
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_in_it() {
    let mut broken = BTreeSet::new();
    for path in markdown_below(&root().join("docs")).into_iter().chain([root().join("README.md")]) {
        for target in links_in(&read(&path)) {
            let (file, heading) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            let leads = file.exists() && (heading.is_empty() || headings_in(&read(&file)).contains(heading));
            if !leads {
                broken.insert(format!("{target} in {}", shown(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "no such files or headings:\n{broken:#?}");
}

#[tokio::test]
async fn the_systemd_unit_starts_the_server_and_waits_for_its_end() {
    let unit = read(&root().join(UNIT));
    let setting = |name: &str| {
        let value = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("no {name}")).to_owned()
    };
    let serve = Help::of(&["serve"]).await;
    let start = setting("ExecStart");
    let mut words = start.split_whitespace();
    assert_eq!((words.next(), words.next()), (Some("/usr/local/bin/slotflow"), Some("serve")), "{start}");
    let unknown: Vec<_> = flags_of(&start).into_iter().filter(|flag| !serve.flags.contains(flag)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let unknown: Vec<_> =
        variables_in(&unit).into_iter().filter(|name| !serve.variables.contains(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");

    let timeout =
        serve.text.split("--request-timeout").nth(1).and_then(|text| text.split("default: ").nth(1));
    let timeout = timeout.and_then(|text| text.split("s]").next()?.parse::<u64>().ok()).expect("a timeout");
    let patience: u64 = setting("TimeoutStopSec").parse().expect("seconds");
    assert!(patience >= timeout + ENDING_SECONDS, "systemd would kill it after {patience} s");

    let analyze = Command::new("systemd-analyze").arg("--version").output();
    let Some(_) = available("systemd-analyze", analyze.ok().filter(|output| output.status.success())) else {
        return;
    };
    // The program is not where the unit expects it on a machine that only runs tests.
    let binary = tokio::task::spawn_blocking(server_binary).await.expect("a build").expect("an executable");
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path().join("slotflow.service");
    let program = binary.to_str().expect("a path in UTF-8");
    fs::write(&here, unit.replace("/usr/local/bin/slotflow", program)).expect("a file");
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&here).output();
    let verified = verified.expect("systemd-analyze");
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_it: Vec<_> = said.lines().filter(|line| line.contains("slotflow.service")).collect();
    assert!(verified.status.success() && about_it.is_empty(), "{said}");
}

#[test]
fn no_command_shows_a_secret_to_everybody_on_the_machine() {
    let mut shown_to_all = BTreeSet::new();
    for path in markdown_below(&root().join("docs")).into_iter().chain([root().join("README.md")]) {
        let told =
            read(&path).lines().filter(|line| shows_a_secret(line)).map(str::to_owned).collect::<Vec<_>>();
        shown_to_all.extend(told.into_iter().map(|line| format!("{line} in {}", shown(&path))));
    }
    for path in operators_documents().into_iter().filter(|path| !path.ends_with("README.md")) {
        let text = read(&path);
        let keys = text
            .lines()
            .filter(|line| line.contains("-H \"Authorization") || line.contains("-H 'Authorization"));
        shown_to_all.extend(keys.map(|line| format!("{line} in {}", shown(&path))));
    }
    assert!(shown_to_all.is_empty(), "arguments of a command can be read by all:\n{shown_to_all:#?}");
}

/// Whether a secret is among the arguments of a command: behind its flag, or as an assignment that does not stand before
/// every other word.
fn shows_a_secret(line: &str) -> bool {
    let words: Vec<_> = line.split([' ', '`', '(']).filter(|word| !matches!(*word, "" | "$" | "#")).collect();
    let is_flag = |pair: &[&str]| {
        matches!(pair[0], "--secret" | "--api-key")
            && (pair[1].contains('_') || pair[1].starts_with(['$', '"']))
    };
    let is_assignment =
        |word: &str| word.split_once('=').is_some_and(|(name, _)| name.starts_with("SLOTFLOW_"));
    let holds_secret =
        |word: &str| ["SECRET_KEY=", "API_KEY=", "LISTEN_SECRET="].iter().any(|it| word.contains(it));
    let late = words
        .iter()
        .skip_while(|word| is_assignment(word) || **word == "export")
        .any(|word| holds_secret(word));
    late || words.windows(2).any(is_flag)
}

#[test]
fn a_secret_is_seen_where_it_is_an_argument_and_not_elsewhere() {
    for line in [
        "# runuser -u slotflow -- env SLOTFLOW_SECRET_KEY=\"$NEW,$OLD\" slotflow rekey",
        "Give it the secret (`listen --secret whsec_…`).",
        "$ slotflow events list --api-key $KEY",
    ] {
        assert!(shows_a_secret(line), "{line}");
    }
    for line in [
        "# SLOTFLOW_SECRET_KEY=\"$NEW,$OLD\" runuser -u slotflow -- slotflow rekey",
        "$ export SLOTFLOW_API_KEY=sk_live_…",
        "| `--api-key KEY` | `SLOTFLOW_API_KEY` | the key |",
    ] {
        assert!(!shows_a_secret(line), "{line}");
    }
}

/// What `slotflow help` knows.
#[derive(Default)]
struct Help {
    text: String,
    flags: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl Help {
    /// Of the command with these words.
    async fn of(words: &[&str]) -> Help {
        let arguments = [&["help"], words].concat();
        let ended = run(&arguments).await.expect("an end");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let text = ended.stdout.join("\n");
        let (flags, variables) = (flags_of(&text), variables_in(&text));
        Help { text, flags, variables }
    }

    /// Of all commands together.
    async fn of_everything() -> Help {
        let mut whole = Help::default();
        let mut waiting = vec![Vec::new()];
        while let Some(words) = waiting.pop() {
            let help = Help::of(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
            waiting.extend(help.commands().map(|command| [words.clone(), vec![command]].concat()));
            whole.flags.extend(help.flags);
            whole.variables.extend(help.variables);
        }
        whole
    }

    /// The commands that it lists, `help` aside.
    fn commands(&self) -> impl Iterator<Item = String> {
        let list = self.text.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = list.lines().take_while(|line| line.starts_with("  "));
        // The description of a long name stands on a line of its own, further in.
        let names =
            lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        names.filter(|&name| name != "help").map(str::to_owned)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn operators_documents() -> Vec<PathBuf> {
    let mut documents = markdown_below(&root().join("docs/operations"));
    documents.extend([root().join("README.md"), root().join(UNIT)]);
    documents
}

fn markdown_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(markdown_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// Flags that a document gives to slotflow: behind the program's name in a command, or alone in code spans.
/// Those of other programs are none of ours.
fn flags_in(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut in_block = false;
    for line in text.replace("\\\n", " ").lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if in_block || !line.contains('`') {
            found.extend(flags_of_commands(line));
        } else {
            for span in line.split('`').skip(1).step_by(2) {
                found.extend(if span.starts_with("--") { flags_of(span) } else { flags_of_commands(span) });
            }
        }
    }
    found
}

/// The flags in a line of shell that stand in a call of slotflow.
fn flags_of_commands(line: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for command in line.split(['|', ';', '&', '#']) {
        let words: Vec<_> = command.split_whitespace().collect();
        let program = words.iter().rposition(|word| PROGRAMS.contains(word));
        let by_cargo = command.contains("cargo run -- ");
        let start = if by_cargo { words.iter().position(|&word| word == "--") } else { program };
        if let Some(start) = start {
            found.extend(flags_of(&words[start + 1..].join(" ")));
        }
    }
    found
}

/// Every `--flag` in a text.
fn flags_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
    words.filter(|word| word.len() > 2 && word.starts_with("--")).map(str::to_owned).collect()
}

/// Every `SLOTFLOW_…` in a text.
fn variables_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    words.filter(|word| word.starts_with("SLOTFLOW_") && word.len() > 9).map(str::to_owned).collect()
}

/// Where a document's relative links lead: `[words](target)`, code aside.
fn links_in(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            found.extend(targets.filter(|target| !target.contains("://")).map(str::to_owned));
        }
    }
    found
}

/// A document's headings, as links name them.
fn headings_in(text: &str) -> BTreeSet<String> {
    let titles =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let names = titles.map(|title| {
        let title = title.to_lowercase().replace(' ', "-");
        title.chars().filter(|&c| c.is_alphanumeric() || c == '-').collect()
    });
    names.collect()
}

#[test]
fn flags_of_other_programs_are_left_alone() {
    let text = "Say `--lease`, or `slotflow migrate --help`, not `pg_dump --jobs`.\n```\n\
                $ curl --fail x | ./slotflow serve \\\n    --listen y\n$ journalctl --unit slotflow.service\n\
                $ cargo run -- listen --port 1\n```\n";
    let expected = ["--help", "--lease", "--listen", "--port"].map(str::to_owned);
    assert_eq!(flags_in(text), BTreeSet::from(expected));
    assert!(headings_in("# A b, `c`: d\n").contains("a-b-c-d"));
    assert_eq!(links_in("[a](b.md#c) `x` [d](https://e) [`f`](../g)"), ["b.md#c", "../g"]);
}
