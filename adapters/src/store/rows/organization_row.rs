//! `organizations`.

use crate::store::stored_row::{StoredRow, corrupt};
use sea_orm::{QueryResult, Value};
use slotflow_application::ports::StoreError;
use slotflow_domain::OrganizationId;
use slotflow_domain::organization::{Organization, OrganizationName};

pub(in crate::store) const COLUMNS: &str = "id, name, plan, created_at";

pub(in crate::store) const INSERT: &str =
    "INSERT INTO organizations (id, name, plan, created_at) VALUES ($1, $2, $3, $4)";

pub(in crate::store) fn write(organization: &Organization) -> Vec<Value> {
    vec![
        organization.id.as_uuid().into(),
        organization.name.as_str().into(),
        organization.plan.as_str().into(),
        organization.created_at.as_millis().into(),
    ]
}

pub(in crate::store) fn read(row: &QueryResult) -> Result<Organization, StoreError> {
    let row = StoredRow(row);
    Ok(Organization {
        id: OrganizationId::new(row.uuid("id")?),
        name: OrganizationName::parse(&row.text("name")?).map_err(|error| corrupt("name", error))?,
        plan: row.named("plan")?,
        created_at: row.time("created_at")?,
    })
}
