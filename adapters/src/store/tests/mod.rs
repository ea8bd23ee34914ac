//! What is particular to the SQL store. That it keeps the ports' promises is for the contract suite to test.

mod ciphers;
mod claims;
mod concurrency;
mod connections;
mod corruption;
mod enlisting;
mod instances;
mod migrating;
mod outbox_rows;
mod outcomes;
mod plans;
mod rekeying;
mod removing;
mod secrets;
mod sharding;
mod shared_work;
mod table_names;
mod unreadable;
mod waiting_moves;
mod world;
