'use strict';
// Somebody with a browser in front of the dashboard.

const assert = require('node:assert/strict');
const stage = require('./stage');
const { PATIENCE, until } = require('./patience');

class Visitor {
  // `scripts` is whether their browser runs any.
  constructor(page, watch, scripts) {
    Object.assign(this, { page, watch, scripts });
  }

  // The URL of a page of the dashboard.
  static url(path) {
    return `${stage.server}/dashboard${path}`;
  }

  // Opens a page of the dashboard, by its path below it.
  async open(path) {
    return this.page.goto(Visitor.url(path));
  }

  // The path of the page that is open, below the dashboard.
  path() {
    return new URL(this.page.url()).pathname.replace(/^\/dashboard/, '');
  }

  // Without the page for it, which has scenes of its own.
  async signIn(key) {
    const answer = await this.page.request.post(Visitor.url('/sign-in'), { form: { api_key: key }, maxRedirects: 0 });
    assert.equal(answer.status(), 303);
  }

  button(name, within = this.page) {
    return within.getByRole('button', { name, exact: typeof name === 'string' });
  }

  link(name, within = this.page) {
    return within.getByRole('link', { name, exact: typeof name === 'string' });
  }

  // What is typed into or chosen from, by its label.
  field(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  async press(name, within) {
    await this.button(name, within).click();
  }

  async follow(name, within) {
    await this.link(name, within).click();
  }

  // A row of a table that has all these words.
  row(...words) {
    return words.reduce((rows, word) => rows.filter({ hasText: word }), this.page.locator('tbody').getByRole('row'));
  }

  // Opens whatever is folded up.
  async unfold() {
    await this.page.locator('details').evaluateAll((all) => { for (const details of all) details.open = true; });
  }

  // Waits for the page that is being loaded to show this.
  async sees(what) {
    await (typeof what === 'object' && 'waitFor' in what ? what : this.page.getByText(what)).first().waitFor({ timeout: PATIENCE });
  }

  async seesNot(what) {
    assert.equal(await this.page.getByText(what).count(), 0, `${what} is on ${this.page.url()}`);
  }

  // What was just done, said at the top.
  async isTold(words) {
    await this.sees(this.page.getByRole('status').filter({ hasText: words }));
  }

  // What is wrong with what was typed.
  async isWarned(words) {
    await this.sees(this.page.getByRole('alert').filter({ hasText: words }));
  }

  // Waits until the server has something new to show: with scripts it comes by itself, without them by loading again.
  async comesToSee(locator, patience = PATIENCE) {
    if (this.scripts) return locator.first().waitFor({ timeout: patience });
    return until(`${locator} on ${this.page.url()}`, async () => {
      if (await locator.first().isVisible()) return true;
      await this.page.reload();
      return false;
    }, patience);
  }

  // That the page was not loaded anew between `mark` and `isStillThere`.
  async mark() {
    await this.page.evaluate(() => { window.marked = true; });
  }

  async isStillThere() {
    assert.equal(await this.page.evaluate(() => window.marked), true, `${this.page.url()} was loaded anew`);
  }
}

module.exports = { Visitor };
