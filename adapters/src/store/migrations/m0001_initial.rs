//! The first tables.

use crate::store::dialect::{ColumnTypes, Dialect};

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    let settings = dialect.tune_deliveries();
    let tables = tables(&dialect.column_types()).into_iter();
    tables.chain(INDEXES.into_iter().chain(settings).map(str::to_owned)).collect()
}

/// The tables, each after those that it names.
///
/// The checks are the last line of defence behind the domain's rules. A delivery's row is narrow, as it is
/// rewritten at each step of its life; what is large stands in `events` and `attempts`, written once.
fn tables(types: &ColumnTypes) -> [String; 7] {
    let ColumnTypes { id, small, integer, big, bytes, flag, table, narrow_table } = types;
    [
        format!(
            "CREATE TABLE organizations (
                id {id} NOT NULL PRIMARY KEY,
                name text NOT NULL,
                plan text NOT NULL CHECK (plan IN ('free', 'starter', 'growth')),
                created_at {big} NOT NULL
            ) {table}"
        ),
        format!(
            "CREATE TABLE api_keys (
                id {id} NOT NULL PRIMARY KEY,
                organization_id {id} NOT NULL REFERENCES organizations (id),
                digest {bytes} NOT NULL UNIQUE,
                visible_prefix text NOT NULL,
                created_at {big} NOT NULL,
                revoked_at {big}
            ) {table}"
        ),
        // A deleted webhook stays for the deliveries that name it, without its secret.
        format!(
            "CREATE TABLE webhooks (
                id {id} NOT NULL PRIMARY KEY,
                organization_id {id} NOT NULL REFERENCES organizations (id),
                url text NOT NULL,
                url_digest {bytes} NOT NULL,
                events text NOT NULL,
                secret text NOT NULL,
                disabled_reason text,
                created_at {big} NOT NULL,
                deleted_at {big}
            ) {table}"
        ),
        format!(
            "CREATE TABLE bookings (
                id {id} NOT NULL PRIMARY KEY,
                organization_id {id} NOT NULL REFERENCES organizations (id),
                human_id {id} NOT NULL,
                starts_at {big} NOT NULL,
                ends_at {big} NOT NULL,
                duration_minutes {integer} NOT NULL CHECK (duration_minutes BETWEEN 1 AND 1440),
                attendee_name text NOT NULL,
                attendee_email text,
                status text NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
                metadata text NOT NULL,
                created_at {big} NOT NULL
            ) {table}"
        ),
        // No reference to `bookings`: an embedding service keeps its own.
        format!(
            "CREATE TABLE events (
                id {id} NOT NULL PRIMARY KEY,
                organization_id {id} NOT NULL REFERENCES organizations (id),
                event_type text NOT NULL,
                booking_id {id},
                sequence {big} NOT NULL,
                payload {bytes} NOT NULL,
                created_at {big} NOT NULL
            ) {table}"
        ),
        // `wake_at` is when somebody should look again: when a pending delivery is due, or when the lease of
        // one that is being made ends.
        format!(
            "CREATE TABLE deliveries (
                id {id} NOT NULL PRIMARY KEY,
                organization_id {id} NOT NULL,
                webhook_id {id} NOT NULL REFERENCES webhooks (id),
                event_id {id} NOT NULL REFERENCES events (id),
                status text NOT NULL CHECK (status IN
                    ('pending', 'delivering', 'held', 'delivered', 'failed', 'cancelled')),
                wake_at {big},
                claim_token {id},
                finished_attempts {small} NOT NULL CHECK (finished_attempts BETWEEN 0 AND 51),
                lost_claims {small} NOT NULL CHECK (lost_claims BETWEEN 0 AND 3),
                last_outcome text,
                last_response_status {small},
                last_error text,
                retry_of {id},
                created_at {big} NOT NULL,
                completed_at {big},
                CHECK ((status IN ('pending', 'delivering')) = (wake_at IS NOT NULL)),
                CHECK ((status = 'delivering') = (claim_token IS NOT NULL)),
                CHECK ((status IN ('delivered', 'failed', 'cancelled')) = (completed_at IS NOT NULL))
            ) {narrow_table}"
        ),
        // All that a receiver sent is bytes: NULs and broken UTF-8 are its right.
        format!(
            "CREATE TABLE attempts (
                delivery_id {id} NOT NULL REFERENCES deliveries (id),
                number {small} NOT NULL CHECK (number BETWEEN 1 AND 51),
                started_at {big} NOT NULL,
                duration_ms {big} NOT NULL,
                outcome text NOT NULL,
                response_status {small},
                response_headers {bytes},
                response_body {bytes},
                response_truncated {flag},
                error text,
                PRIMARY KEY (delivery_id, number)
            ) {table}"
        ),
    ]
}

/// Each index and the question it answers.
const INDEXES: [&str; 11] = [
    // An organization's keys.
    "CREATE INDEX api_keys_of_organization ON api_keys (organization_id, created_at)",
    // Each URL once per organization; a deleted one may come back.
    "CREATE UNIQUE INDEX webhooks_unique_url ON webhooks (organization_id, url_digest) \
     WHERE deleted_at IS NULL",
    // Does anything of this human's overlap? Cancelled bookings take no time.
    "CREATE INDEX bookings_confirmed ON bookings (organization_id, human_id, starts_at) \
     WHERE status = 'confirmed'",
    // An organization's bookings, latest start first.
    "CREATE INDEX bookings_listing ON bookings (organization_id, starts_at DESC, id DESC)",
    // A booking's events.
    "CREATE INDEX events_of_booking ON events (booking_id) WHERE booking_id IS NOT NULL",
    // What is due, oldest first, with the webhook so that the table need not be read to see whose it is.
    // Finished deliveries are not in it: its size is the backlog, not the history.
    "CREATE INDEX deliveries_due ON deliveries (wake_at, id, webhook_id) WHERE wake_at IS NOT NULL",
    // The same webhook by webhook: whose turn is it, and what to hold when one is disabled.
    "CREATE INDEX deliveries_due_of_webhook ON deliveries (webhook_id, wake_at) WHERE wake_at IS NOT NULL",
    // What to resume or cancel.
    "CREATE INDEX deliveries_held ON deliveries (webhook_id) WHERE status = 'held'",
    // An organization's deliveries, newest first; and those to one webhook.
    "CREATE INDEX deliveries_listing ON deliveries (organization_id, id)",
    "CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id)",
    // An event's deliveries.
    "CREATE INDEX deliveries_of_event ON deliveries (event_id)",
];
