//! What a database's error means to the caller.

use sea_orm::{DbErr, RuntimeErr, sqlx};
use slotflow_application::ports::StoreError;

/// Sorts an error by what can be done about it: try later, change the request, or look into the database.
pub(super) fn translate(error: DbErr) -> StoreError {
    match kind_of(&error) {
        Kind::Unavailable => StoreError::Unavailable(match error {
            DbErr::ConnectionAcquire(_) => format!(
                "{error} (all are in use: by others, or by a transaction of the same task, which must not wait for this)"
            )
            .into(),
            _ => error.into(),
        }),
        Kind::Contended => StoreError::Contended(error.into()),
        Kind::Refused => StoreError::Refused(error.into()),
        Kind::Broken => StoreError::Broken(error.into()),
    }
}

/// The same for an error of a connection that is used without sea-orm.
#[cfg(feature = "postgres")]
pub(super) fn translate_driver(error: sqlx::Error) -> StoreError {
    translate(DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Unavailable,
    Contended,
    Refused,
    Broken,
}

fn kind_of(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Kind::Unavailable,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            kind_of_driver_error(error)
        }
        _ => Kind::Broken,
    }
}

fn kind_of_driver_error(error: &sqlx::Error) -> Kind {
    use sqlx::Error;
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => Kind::Unavailable,
        Error::Database(error) => error.code().map_or(Kind::Broken, |code| kind_of_code(&code)),
        _ => Kind::Broken,
    }
}

/// PostgreSQL's codes have five characters (SQLSTATE), SQLite's are decimal numbers whose low byte is the
/// primary code.
fn kind_of_code(code: &str) -> Kind {
    match (code.len(), code.parse::<u32>()) {
        (5, _) => kind_of_sqlstate(code),
        (_, Ok(code)) => kind_of_sqlite_code(code & 0xff),
        _ => Kind::Broken,
    }
}

/// By class (PostgreSQL, appendix A): 40 rollback (serialization, deadlock), 55P03 and 57014 a lock that was waited for
/// too long; 08 connection, 53 resources, 55 state, 57 operator intervention, 58 system, 25006 a read-only server; 22
/// data and 23 constraints.
fn kind_of_sqlstate(code: &str) -> Kind {
    match code {
        "25006" | "25P03" => Kind::Unavailable,
        "55P03" | "57014" => Kind::Contended,
        _ => match code.get(..2) {
            Some("40") => Kind::Contended,
            Some("08" | "53" | "55" | "57" | "58") => Kind::Unavailable,
            Some("22" | "23" | "54") => Kind::Refused,
            _ => Kind::Broken,
        },
    }
}

/// BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL pass; TOOBIG, CONSTRAINT and
/// MISMATCH are the request's fault.
const fn kind_of_sqlite_code(primary: u32) -> Kind {
    match primary {
        5..=10 | 13..=15 => Kind::Unavailable,
        18..=20 => Kind::Refused,
        _ => Kind::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_can_be_done() {
        for (code, kind) in [
            ("23505", Kind::Refused),
            ("22021", Kind::Refused),
            ("40P01", Kind::Contended),
            ("40001", Kind::Contended),
            ("55P03", Kind::Contended),
            ("57014", Kind::Contended),
            ("57P01", Kind::Unavailable),
            ("42P01", Kind::Broken),
            ("5", Kind::Unavailable),
            ("517", Kind::Unavailable),
            ("13", Kind::Unavailable),
            ("2067", Kind::Refused),
            ("275", Kind::Refused),
            ("11", Kind::Broken),
            ("1", Kind::Broken),
        ] {
            assert_eq!(kind_of_code(code), kind, "{code}");
        }
    }
}
