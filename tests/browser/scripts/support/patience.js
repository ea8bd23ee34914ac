'use strict';
// How long things are waited for: generous, as the machine may be busy. Nothing waits longer than it has to.

const PATIENCE = 45_000;
const LOOK_AGAIN = 100;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until there is an answer.
async function until(what, ask, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${patience} ms: ${what}`);
    await pause(LOOK_AGAIN);
  }
}

module.exports = { PATIENCE, pause, until };
