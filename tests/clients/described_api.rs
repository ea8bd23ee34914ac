//! The API's description against the running server: Schemathesis makes requests from it, good and bad ones, and
//! holds every answer against it (`python/schemathesis.toml`). What keeps to the schemas has to be accepted, but for
//! the rules that no schema can say (`python/beyond_schemas.py`).

use std::time::Duration;

use slotflow_tests::database::Fresh;
use slotflow_tests::installed::repository_file;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server::{Server, create_organization};

use crate::tools;

/// Requests that are made of each operation, and how long all of them may take.
const EXAMPLES: &str = "25";
const PATIENCE: Duration = Duration::from_secs(600);

async fn hold_against_description(database: Option<Fresh>) {
    let (Some(database), Some(mut schemathesis)) = (database, tools::schemathesis()) else {
        return;
    };
    let url = database.url();
    // Made-up hosts are to be taken: what is looked for is in the requests and answers.
    let arguments = ["--resolve-on-registration=false", "--retry-delays", "1h"];
    let server = Server::start_with(&url, &arguments).await.expect("a server");
    let organization = create_organization(&url, "growth").await.expect("an organization");
    // It keeps notes where it is run.
    let place = tempfile::tempdir().expect("a temporary directory");
    schemathesis
        .current_dir(place.path())
        .env("SCHEMATHESIS_HOOKS", repository_file("tests/clients/python/beyond_schemas.py"))
        // Nothing may be written beside the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("--config-file")
        .arg(repository_file("tests/clients/python/schemathesis.toml"))
        .args(["run", &format!("{}/openapi.json", server.base_url())])
        .args(["--header", &format!("Authorization: Bearer {}", organization.api_key)])
        .args(["--max-examples", EXAMPLES, "--seed", "1", "--no-color"]);

    let mut run = CapturedProcess::start("schemathesis", schemathesis).expect("Schemathesis");
    let status = run.finish(PATIENCE).await.expect("an end");

    assert!(status.success(), "{status}\n{}", run.output());
    println!("{}", run.stdout().into_iter().rev().take(12).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn every_answer_is_as_described_on_sqlite() {
    hold_against_description(Fresh::sqlite()).await;
}

#[tokio::test]
async fn every_answer_is_as_described_on_postgres() {
    hold_against_description(Fresh::postgres().await).await;
}
