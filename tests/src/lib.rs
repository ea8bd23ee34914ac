//! What the test suites share: a PostgreSQL database for each test, the real server as a process,
//! a small JSON client, and the rule for what a machine may lack.

pub mod http;
pub mod postgres;
pub mod process;
pub mod requirement;
pub mod server;
pub mod server_binary;
pub mod store_contract;
