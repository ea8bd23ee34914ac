//! `slotflow org …` and `slotflow key …`.

use crate::cli::{KeyCommand, OrganizationCommand};
use crate::composition;
use crate::failure::Failure;
use crate::output::say;
use serde::Serialize;
use slotflow_application::ports::ApiKeyRecord;
use slotflow_domain::organization::Organization;
use slotflow_domain::{ApiKeyId, OrganizationId, Timestamp};
use std::process::ExitCode;

#[derive(Serialize)]
struct OrganizationLine<'a> {
    organization_id: OrganizationId,
    name: &'a str,
    plan: &'a str,
    created_at: Timestamp,
    /// The key's text, only where the key has just been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

#[derive(Serialize)]
struct KeyLine<'a> {
    key_id: ApiKeyId,
    organization_id: OrganizationId,
    prefix: &'a str,
    created_at: Timestamp,
    revoked_at: Option<Timestamp>,
    /// The key's text, only where the key has just been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

/// `slotflow org …`
pub(crate) async fn organization(
    database_url: &str,
    command: OrganizationCommand,
) -> Result<ExitCode, Failure> {
    let store = composition::open(database_url).await?;
    let organizations = composition::organizations(&store)?;
    match command {
        OrganizationCommand::Create { name, plan } => {
            let (organization, key) = organizations.create(name, plan).await?;
            print_organization(&organization, Some(key.expose()))?;
        }
        OrganizationCommand::List => {
            for organization in organizations.list().await? {
                print_organization(&organization, None)?;
            }
        }
        OrganizationCommand::SetPlan { organization, plan } => {
            print_organization(&organizations.set_plan(organization, plan).await?, None)?;
        }
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// `slotflow key …`
pub(crate) async fn key(database_url: &str, command: KeyCommand) -> Result<ExitCode, Failure> {
    let store = composition::open(database_url).await?;
    let organizations = composition::organizations(&store)?;
    match command {
        KeyCommand::Create { organization } => {
            let (record, key) = organizations.create_key(organization).await?;
            print_key(&record, Some(key.expose()))?;
        }
        KeyCommand::List { organization } => {
            for record in organizations.keys(organization).await? {
                print_key(&record, None)?;
            }
        }
        KeyCommand::Revoke { key } => match organizations.revoke_key(key).await? {
            Some(record) => print_key(&record, None)?,
            None => return Err(Failure::Failed(anyhow::anyhow!("there is no such key"))),
        },
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

fn print_organization(organization: &Organization, api_key: Option<&str>) -> Result<(), Failure> {
    print(&OrganizationLine {
        organization_id: organization.id,
        name: organization.name.as_str(),
        plan: organization.plan.as_str(),
        created_at: organization.created_at,
        api_key,
    })
}

fn print_key(record: &ApiKeyRecord, api_key: Option<&str>) -> Result<(), Failure> {
    print(&KeyLine {
        key_id: record.id,
        organization_id: record.organization_id,
        prefix: &record.visible_prefix,
        created_at: record.created_at,
        revoked_at: record.revoked_at,
        api_key,
    })
}

fn print(line: &impl Serialize) -> Result<(), Failure> {
    say!("{}", serde_json::to_string(line).map_err(anyhow::Error::from)?);
    Ok(())
}
