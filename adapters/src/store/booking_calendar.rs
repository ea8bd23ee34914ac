//! Bookings, within a unit of work.

use super::rows::booking_row;
use super::statement::{all, execute, one, values};
use super::{dialect::Dialect, stored_row::StoredRow, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{BookingCalendar, StoreError};
use slotflow_domain::booking::{Booking, DurationMinutes, TimeSlot};
use slotflow_domain::{BookingId, HumanId, OrganizationId};
use std::time::Duration;

/// No booking is longer, so that none that began before can reach into a slot.
const LONGEST: Duration = Duration::from_secs(DurationMinutes::MAX as u64 * 60);

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> BookingCalendar for SqlUnitOfWork<C> {
    async fn lock_calendar(
        &mut self,
        organization_id: OrganizationId,
        human_id: HumanId,
        around: TimeSlot,
    ) -> Result<Vec<TimeSlot>, StoreError> {
        if let Some((sql, key)) = Dialect::of(&self.connection).lock_calendar(organization_id, human_id) {
            one(&self.connection, sql, values![key]).await?;
        }
        // A range of `bookings_confirmed` no wider than two days, whatever the calendar holds.
        let sql = "SELECT starts_at, duration_minutes FROM bookings \
                   WHERE organization_id = $1 AND human_id = $2 AND status = 'confirmed' \
                   AND starts_at > $3 AND starts_at < $4 AND ends_at > $5";
        let values = values![
            organization_id.as_uuid(),
            human_id.as_uuid(),
            around.starts_at().saturating_sub(LONGEST).as_millis() - 1,
            around.ends_at().as_millis(),
            around.starts_at().as_millis(),
        ];
        let rows = all(&self.connection, sql, values).await?;
        rows.iter().map(|row| booking_row::slot(&StoredRow(row))).collect()
    }

    async fn insert_booking(&mut self, booking: &Booking) -> Result<(), StoreError> {
        execute(&self.connection, booking_row::INSERT, booking_row::write(booking)).await?;
        Ok(())
    }

    async fn lock_booking(
        &mut self,
        organization_id: OrganizationId,
        id: BookingId,
    ) -> Result<Option<Booking>, StoreError> {
        let sql = format!(
            "SELECT {} FROM bookings WHERE id = $1 AND organization_id = $2{}",
            booking_row::COLUMNS,
            Dialect::of(&self.connection).for_change()
        );
        let row = one(&self.connection, sql, values![id.as_uuid(), organization_id.as_uuid()]).await?;
        row.map(|row| booking_row::read(&row)).transpose()
    }

    async fn update_booking(&mut self, booking: &Booking) -> Result<(), StoreError> {
        let sql = "UPDATE bookings SET status = $2 WHERE id = $1";
        execute(&self.connection, sql, values![booking.id.as_uuid(), booking.status.as_str()]).await?;
        Ok(())
    }
}
