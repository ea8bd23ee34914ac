//! In somebody else's service: beneath any prefix of a larger router, for whoever its own users are.
//!
//! | module | holds |
//! |---|---|
//! | `service`, `browser`, `mounts` | their service with ours in it, who comes to it, and the ways to put ours in |
//! | `beneath_a_prefix` | links, forms and assets, wherever all of it lies |
//! | `their_users` | who sees what, by their own authentication |
//! | `cross_site` | pages of other sites that ask for changes |
//! | `beside_the_api` | the API that is served with the pages |

mod beneath_a_prefix;
mod beside_the_api;
mod browser;
mod cross_site;
mod mounts;
mod service;
mod their_users;
