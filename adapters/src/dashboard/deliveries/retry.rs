//! Sending deliveries again: `POST /deliveries/{id}/retry`, and `POST /deliveries/retry` for several.

use super::list;
use crate::dashboard::Dashboard;
use crate::dashboard::failure::PageFailure;
use crate::dashboard::form::FormFields;
use crate::dashboard::listing::{FilterForm, ROWS};
use crate::dashboard::notice::{Done, Notice};
use crate::dashboard::path_id::PathId;
use crate::dashboard::viewer::Viewer;
use axum::response::Redirect;
use slotflow_application::repairs::RetryError;
use slotflow_domain::{DeliveryId, OrganizationId};
use std::collections::BTreeSet;

/// Sends one again, and leads to the new one.
pub(super) async fn retry(
    dashboard: Dashboard,
    viewer: Viewer,
    PathId(id): PathId<DeliveryId>,
) -> Result<Redirect, PageFailure> {
    let retried = dashboard.services.repairs.retry(viewer.organization.id, id).await;
    let new = retried.map_err(|error| match error {
        RetryError::NotFound => PageFailure::NotFound,
        RetryError::NotRepeatable(refusal) => PageFailure::Invalid(refusal.to_string()),
        RetryError::Store(error) => error.into(),
    })?;
    let done = Notice::retried(1, 0).query();
    Ok(Redirect::to(&format!("{}/deliveries/{new}?{done}", dashboard.base)))
}

/// Sends those again that were ticked, and leads back to the list as it was.
pub(super) async fn retry_several(
    dashboard: Dashboard,
    viewer: Viewer,
    FormFields(fields): FormFields,
) -> Result<Redirect, PageFailure> {
    // A set: what is ticked twice is meant once.
    let ticked: BTreeSet<&str> = fields.all("id").collect();
    if ticked.len() > ROWS as usize {
        return Err(PageFailure::Invalid(format!("no more than {ROWS} deliveries are sent again at a time")));
    }
    let ids: Vec<DeliveryId> = ticked.iter().filter_map(|text| text.parse().ok()).collect();
    let notice = retry_each(&dashboard, viewer.organization.id, &ids, ticked.len()).await?;
    let mut kept = list::FIELDS.to_vec();
    kept.push("cursor");
    let list = FilterForm::read(&fields, &kept);
    let path = format!("{}/deliveries", dashboard.base);
    let notice = notice.fields();
    let notice: Vec<_> = notice.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(Redirect::to(&list.address(&path, &notice)))
}

/// Sends each again that can be, of so many that were ticked. What has been sent again is said, whatever happens behind
/// it: nobody should do it twice for not knowing.
async fn retry_each(
    dashboard: &Dashboard,
    organization_id: OrganizationId,
    ids: &[DeliveryId],
    ticked: usize,
) -> Result<Notice, PageFailure> {
    let mut retried: u64 = 0;
    for id in ids {
        match dashboard.services.repairs.retry(organization_id, *id).await {
            Ok(_) => retried += 1,
            Err(RetryError::NotRepeatable(_) | RetryError::NotFound) => {}
            Err(RetryError::Store(error)) if retried == 0 => return Err(error.into()),
            Err(RetryError::Store(error)) => {
                tracing::warn!(%error, "of several deliveries not all were retried");
                return Ok(Notice::new(Done::RetryBrokeOff, retried));
            }
        }
    }
    let ticked = u64::try_from(ticked).unwrap_or(u64::MAX);
    Ok(Notice::retried(retried, ticked.saturating_sub(retried)))
}
