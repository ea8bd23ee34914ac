use slotflow_tests::command_line::{Ended, run, run_with, slotflow};
use slotflow_tests::database::Fresh;
use slotflow_tests::server::free_port;
use tokio::process::Command;

use super::operate;
use crate::api::{Api, BOTH, SLOW_RETRIES};

/// A well-formed key that nobody has.
const NOBODYS_KEY: &str = "sk_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[track_caller]
fn assert_fails(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(code), 0, 1), "{ended:#?}");
    let line = &ended.stderr[0];
    assert!(
        line.starts_with("error: ") && !line.contains("sk_live_A") && !line.contains("sk_live_short"),
        "{line}"
    );
    for part in parts {
        assert!(line.contains(part), "no {part}: {line}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_one_line() {
    let server = format!("http://127.0.0.1:{}", free_port().expect("a port"));
    let environment = [("SLOTFLOW_API_KEY", NOBODYS_KEY)];
    let ended = run_with(&environment, &["events", "list", "--server", &server]).await.expect("an end");
    assert_fails(&ended, 1, &[&server, "connection refused", "slotflow serve", "SLOTFLOW_SERVER"]);
}

#[tokio::test]
async fn a_key_that_goes_over_the_network_in_the_clear_is_warned_of() {
    let environment = [("SLOTFLOW_API_KEY", NOBODYS_KEY)];
    // No loopback address by its looks, and nobody's.
    let address = format!("0.0.0.0:{}", free_port().expect("a port"));
    let exposed = format!("http://{address}");
    let ended =
        run_with(&environment, &["events", "list", "--json", "--server", &exposed]).await.expect("an end");
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(1), 0, 2), "{ended:#?}");
    let warning = &ended.stderr[0];
    assert!(warning.starts_with(&format!("warning: {exposed} is not encrypted")), "{warning}");
    assert!(ended.stderr[1].starts_with("error: ") && !warning.contains("sk_live"), "{ended:#?}");
    let encrypted = format!("https://{address}");
    let ended = run_with(&environment, &["events", "list", "--server", &encrypted]).await.expect("an end");
    assert_fails(&ended, 1, &[&encrypted]);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_a_usage_error() {
    let ended = run(&["deliveries", "list"]).await.expect("an end");
    assert_fails(&ended, 2, &["SLOTFLOW_API_KEY"]);
    for (arguments, part) in [
        (&["deliveries", "list", "--since", "yesterday"][..], "2h or 3d"),
        (&["deliveries", "list", "--status", "lost"], "possible values"),
        (&["deliveries", "list", "--limit", "0"], "--limit"),
        (&["deliveries", "list", "--limit", "5", "--all"], "--all"),
        (&["deliveries", "show", "7"], "UUID"),
        (&["deliveries", "retry"], "ID"),
        (&["webhooks", "replay", "0195d3a0-0000-7000-8000-000000000000"], "--since"),
        (&["webhooks", "list", "--server", "localhost:8080"], "--server"),
        (&["webhooks", "list", "--api-key", "sk_live_short"], "--api-key"),
    ] {
        let ended = run_with(&[("SLOTFLOW_API_KEY", NOBODYS_KEY)], arguments).await.expect("an end");
        assert_fails(&ended, 2, &[part]);
    }
}

#[tokio::test]
async fn a_shell_is_told_how_to_complete() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = run(&["completions", shell]).await.expect("an end");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let script = ended.stdout.join("\n");
        assert!(script.contains("deliveries") && script.contains("rotate-secret"), "{shell}: {script}");
    }
}

/// Runs a command whose reader goes away after the first line: its exit code, and what it complained of.
async fn read_first_line(environment: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let command = slotflow().await.expect("an executable");
    let mut shell = Command::new("bash");
    // What does not end by itself has nobody to tell; `head` has gone long before the pipe is full.
    shell.args(["-c", r#""$0" "$@" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}""#]);
    shell.arg(command.as_std().get_program()).args(arguments);
    for (name, value) in command.as_std().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.envs(environment.iter().copied()).output().await.expect("a shell");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

on_both_databases! {
    a_key_that_is_not_good_is_refused_in_the_words_of_the_api,
    a_reader_that_goes_away_ends_a_list_quietly,
}

async fn a_key_that_is_not_good_is_refused_in_the_words_of_the_api(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let environment = [("SLOTFLOW_SERVER", api.server.base_url()), ("SLOTFLOW_API_KEY", NOBODYS_KEY)];
    let ended = run_with(&environment, &["deliveries", "list"]).await.expect("an end");
    assert_fails(&ended, 1, &["UNAUTHORIZED: a valid API key is required"]);
    let nothing = operate(&api, &["deliveries", "show", &api.organization.id]).await;
    assert_fails(&nothing, 1, &["NOT_FOUND: there is no such delivery"]);
    let unknown = operate(&api, &["deliveries", "list", "--event", "booking.lost"]).await;
    assert_eq!(unknown.code, Some(0), "{unknown:?}");
}

async fn a_reader_that_goes_away_ends_a_list_quietly(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    api.register("/", BOTH).await;
    for _ in 0..60 {
        api.book().await;
    }
    let environment = [("SLOTFLOW_SERVER", api.server.base_url()), ("SLOTFLOW_API_KEY", api.key())];
    for arguments in [
        &["deliveries", "list", "--all", "--json"][..],
        &["deliveries", "list", "--all"],
        &["webhooks", "list"],
        &["completions", "zsh"],
    ] {
        assert_eq!(read_first_line(&environment, arguments).await, (Some(0), String::new()), "{arguments:?}");
    }
}
