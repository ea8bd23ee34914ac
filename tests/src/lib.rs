//! What the test suites share: the store contract, fresh databases, the real server and its command line as processes,
//! a receiver that does as it is told, a proxy, a small JSON client, and the rule for what a machine may lack.

pub mod command_line;
pub mod database;
pub mod egress_proxy;
pub mod http;
pub mod installed;
pub mod postgres;
pub mod postgres_cluster;
pub mod process;
pub mod receiver;
pub mod requirement;
pub mod server;
pub mod server_binary;
pub mod simulation;
pub mod store_contract;
