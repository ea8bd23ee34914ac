//! The dashboard as browsers meet it: pages and forms through the router in memory, on the test kit.

#[cfg(test)]
mod cross_site;
#[cfg(test)]
mod delivery_list;
#[cfg(test)]
mod delivery_page;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod event_pages;
#[cfg(test)]
mod hostile_log;
#[cfg(test)]
mod hostile_text;
#[cfg(test)]
mod log;
#[cfg(test)]
mod made_up_log;
#[cfg(test)]
mod protection;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in_limit;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod webhook_changes;
#[cfg(test)]
mod webhook_list;
#[cfg(test)]
mod webhook_page;
