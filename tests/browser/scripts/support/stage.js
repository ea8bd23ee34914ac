'use strict';
// What Rust has set up for a script: `server`, `chromium`, `screenshots`, `slotflow` and its `environment`.

module.exports = Object.freeze(JSON.parse(process.env.SLOTFLOW_STAGE));
