'use strict';
// What must not happen on any page, whatever a scene is about: dialogs, errors, complaints of the browser's, and requests
// that go anywhere but to our server.

const stage = require('./stage');

// The browser says it of every answer that is none of 200; the answers themselves are judged below.
const TELLS_OF_A_STATUS = 'Failed to load resource: the server responded with a status of';

class Watch {
  // Of a context that has no page yet.
  static async over(context) {
    const watch = new Watch();
    // What the policy forbids is reported to the page, even where the browser says nothing of it.
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`forbidden by ${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
      });
    });
    context.on('page', (page) => watch.look(page));
    return watch;
  }

  constructor() {
    this.seen = [];
    this.expected = new Set();
  }

  // A page that answers so is what the scene is about.
  expect(...statuses) {
    for (const status of statuses) this.expected.add(status);
  }

  look(page) {
    page.on('dialog', (dialog) => {
      this.seen.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('pageerror', (error) => this.seen.push(`an error: ${error.message}`));
    page.on('console', (message) => {
      const isComplaint = ['error', 'warning', 'assert'].includes(message.type());
      if (isComplaint && !message.text().startsWith(TELLS_OF_A_STATUS)) {
        this.seen.push(`the console says: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== stage.server) this.seen.push(`a request to ${request.url()}`);
    });
    page.on('response', (response) => {
      const status = response.status();
      const isExpected = response.request().isNavigationRequest() && this.expected.has(status);
      if (status >= 400 && !isExpected) this.seen.push(`${status} for ${response.request().method()} ${response.url()}`);
    });
  }

  mustHaveSeenNothing() {
    if (this.seen.length > 0) throw new Error(`it was not quiet:\n  ${this.seen.join('\n  ')}`);
  }
}

module.exports = { Watch };
