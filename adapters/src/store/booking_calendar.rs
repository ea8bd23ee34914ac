//! Bookings, within a unit of work.

use super::bulk::{MAX_ROWS, Rows};
use super::rows::booking_row;
use super::statement::{all, execute, one, values};
use super::{dialect::Dialect, stored_row::StoredRow, unit_of_work::SqlUnitOfWork};
use async_trait::async_trait;
use sea_orm::ConnectionTrait;
use slotflow_application::ports::{BookingCalendar, StoreError, WantedSlot};
use slotflow_domain::booking::{Booking, DurationMinutes, TimeSlot};
use slotflow_domain::{BookingId, OrganizationId};
use std::collections::BTreeSet;
use std::time::Duration;

/// No booking is longer, so that none that began before can reach into a slot.
const LONGEST: Duration = Duration::from_secs(DurationMinutes::MAX as u64 * 60);

#[async_trait]
impl<C: ConnectionTrait + Send + Sync> BookingCalendar for SqlUnitOfWork<C> {
    async fn lock_calendars(&mut self, wanted: &[WantedSlot]) -> Result<Vec<Vec<TimeSlot>>, StoreError> {
        lock(&self.connection, wanted).await?;
        let mut taken = vec![Vec::new(); wanted.len()];
        for (slots, wanted) in taken.chunks_mut(MAX_ROWS).zip(wanted.chunks(MAX_ROWS)) {
            read_overlaps(&self.connection, wanted, slots).await?;
        }
        Ok(taken)
    }

    async fn insert_bookings(&mut self, bookings: &[Booking]) -> Result<(), StoreError> {
        for some in bookings.chunks(MAX_ROWS) {
            let mut rows = Rows::of(11, some.len());
            for booking in some {
                rows.push(booking_row::write(booking));
            }
            let (list, values) = rows.into_sql(Dialect::of(&self.connection));
            let columns = booking_row::ALL_COLUMNS;
            let sql = format!(
                "WITH added ({columns}) AS ({list}) INSERT INTO bookings ({columns}) \
                 SELECT {columns} FROM added WHERE id IS NOT NULL"
            );
            execute(&self.connection, sql, values).await?;
        }
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

/// Locks the calendars of all these humans, always in the same order. A statement of its own: what is read by the one
/// that waits for a lock may be from before the lock was free.
async fn lock<C: ConnectionTrait>(connection: &C, wanted: &[WantedSlot]) -> Result<(), StoreError> {
    let dialect = Dialect::of(connection);
    let keys: BTreeSet<i64> =
        wanted.iter().filter_map(|one| dialect.calendar_key(one.organization_id, one.human_id)).collect();
    for some in keys.into_iter().collect::<Vec<_>>().chunks(MAX_ROWS) {
        let mut rows = Rows::of(1, some.len());
        for key in some {
            rows.push([(*key).into()]);
        }
        let (list, values) = rows.into_sql(Dialect::of(connection));
        let sql =
            format!("WITH calendars (key) AS ({list}) SELECT pg_advisory_xact_lock(key) FROM calendars");
        all(connection, sql, values).await?;
    }
    Ok(())
}

/// Which bookings `b` overlap a `wanted` slot. The organization is only looked at in what was found by the human.
const OVERLAPPING: &str = "b.human_id = wanted.human_id AND b.status = 'confirmed' \
     AND b.starts_at > wanted.began_after AND b.starts_at < wanted.begins_before \
     AND b.ends_at > wanted.ends_after AND (b.organization_id = wanted.organization_id) IS TRUE";

/// Adds to each of `slots` what overlaps the slot wanted in its place: a range of `bookings_confirmed` no wider than two
/// days, whatever the calendar holds.
async fn read_overlaps<C: ConnectionTrait>(
    connection: &C,
    wanted: &[WantedSlot],
    slots: &mut [Vec<TimeSlot>],
) -> Result<(), StoreError> {
    let mut rows = Rows::of(6, wanted.len());
    for (place, WantedSlot { organization_id, human_id, slot }) in (0_i64..).zip(wanted) {
        rows.push([
            place.into(),
            organization_id.as_uuid().into(),
            human_id.as_uuid().into(),
            (slot.starts_at().saturating_sub(LONGEST).as_millis() - 1).into(),
            slot.ends_at().as_millis().into(),
            slot.starts_at().as_millis().into(),
        ]);
    }
    let dialect = Dialect::of(connection);
    let (list, values) = rows.into_sql(dialect);
    let sql = format!(
        "WITH wanted (place, organization_id, human_id, began_after, begins_before, ends_after) AS ({list}) \
         SELECT wanted.place, b.starts_at, b.duration_minutes {}",
        dialect.overlaps_of_wanted(OVERLAPPING)
    );
    for row in all(connection, sql, values).await? {
        let row = StoredRow(&row);
        let place = row.number::<i64, usize>("place")?;
        if let Some(slots) = slots.get_mut(place) {
            slots.push(booking_row::slot(&row)?);
        }
    }
    Ok(())
}
