//! A crate outside the workspace that depends on ours by path, written from the documents alone.

use slotflow_tests::database::Fresh;
use slotflow_tests::process::CapturedProcess;
use slotflow_tests::server_binary::target_directory;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const MANIFEST: &str = include_str!("outside/Cargo.toml");
const MAIN: &str = include_str!("outside/main.rs");

/// Building takes as long as the dependencies that the workspace has with other features.
const BUILDING: Duration = Duration::from_secs(15 * 60);
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_crate_outside_delivers_its_own_event_from_its_own_transaction_on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = build(folder.path()).await;
    for database in [Fresh::sqlite(), Fresh::postgres().await].into_iter().flatten() {
        let mut restaurant = Command::new(&program);
        restaurant.env("DATABASE_URL", database.url());
        let mut restaurant = CapturedProcess::start("restaurant", restaurant).expect("a start");
        let status = restaurant.finish(PATIENCE).await.expect("an end");
        let said = restaurant.stdout();
        assert!(status.success() && said == [r#"arrived: {"guests":4,"id":7}"#], "{}", restaurant.output());
    }
}

/// With the versions of the workspace, and into its target directory, so that what both need in the same way is built once.
async fn build(folder: &Path) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let manifest = MANIFEST.replace("{workspace}", &workspace.display().to_string());
    std::fs::create_dir(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    std::fs::write(folder.join("src/main.rs"), MAIN).expect("a program");
    std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).expect("versions");
    let target = target_directory().expect("a target directory");
    let building = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--offline"])
        .args([
            "--config",
            "profile.dev.debug='line-tables-only'",
            "--config",
            "profile.dev.package.'*'.debug=false",
        ])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let built = tokio::time::timeout(BUILDING, building).await.expect("in time").expect("cargo");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // Named as nothing else in there is.
    target.join("debug").join(format!("restaurant{}", std::env::consts::EXE_SUFFIX))
}
