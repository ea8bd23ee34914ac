//! The published Python client against the real server: `python/drive.py` does the calls and the checks.

use std::time::Duration;

use slotflow_tests::database::Fresh;
use slotflow_tests::installed::repository_file;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server::{Server, create_organization};

use crate::tools;

const PATIENCE: Duration = Duration::from_secs(120);

async fn drive(database: Option<Fresh>) {
    let (Some(database), Some(mut python)) = (database, tools::python()) else {
        return;
    };
    let url = database.url();
    let server = Server::start(&url).await.expect("a server");
    let growth = create_organization(&url, "growth").await.expect("an organization");
    let other = create_organization(&url, "starter").await.expect("another organization");
    let free = create_organization(&url, "free").await.expect("a free organization");
    python
        .arg(repository_file("tests/clients/python/drive.py"))
        .args(["--base-url", server.base_url(), "--key", &growth.api_key])
        .args(["--other-key", &other.api_key, "--free-key", &free.api_key]);

    let mut client = CapturedProcess::start("drive.py", python).expect("the client");
    let status = client.finish(PATIENCE).await.expect("an end");

    assert!(status.success(), "{status}\n{}", client.output());
    let said = client.stdout().join("\n");
    assert!(said.starts_with("ok ") && said.ends_with(" checks"), "{said}");
}

#[tokio::test]
async fn the_published_python_client_works_on_sqlite() {
    drive(Fresh::sqlite()).await;
}

#[tokio::test]
async fn the_published_python_client_works_on_postgres() {
    drive(Fresh::postgres().await).await;
}
