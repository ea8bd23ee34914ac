'use strict';
// A scene: somebody new in front of the dashboard, in a browser without a past, with an organization and a receiver of
// their own. It fails by an error, and leaves a picture of what was seen then.

const { after, before, test } = require('node:test');
const path = require('node:path');
const { chromium } = require('playwright-core');
const stage = require('./stage');
const { Organization } = require('./organization');
const { PATIENCE } = require('./patience');
const { Receiver } = require('./receiver');
const { Visitor } = require('./visitor');
const { Watch } = require('./watch');

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

// The longest that a scene may take.
const TIMEOUT = 300_000;

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: stage.chromium,
    headless: true,
    args: FLAGS,
    // Most people's browsers have bars that take room.
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
});
after(() => browser?.close());

// Somebody in a browser that nobody has used yet, or one who has these cookies.
async function newVisitor({ scripts = true, look = {}, storageState }) {
  const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 1280, height: 800 }, storageState, ...look });
  context.setDefaultTimeout(PATIENCE);
  const watch = await Watch.over(context);
  return new Visitor(await context.newPage(), watch, scripts);
}

// Options: `plan` and `name` of the organization; `signedIn: false` for somebody who is not yet; `scripts: false` for a
// browser that runs none; `look`, as Playwright describes contexts. The scene is given, beside its people, `elsewhere`,
// which opens a page as the same user in another browser, with another `look` if need be.
function scene(words, options, play) {
  test(words, { timeout: TIMEOUT }, async () => {
    const receiver = await Receiver.open();
    const visitors = [await newVisitor(options)];
    const [visitor] = visitors;
    const elsewhere = async (path, look) => {
      const storageState = await visitor.page.context().storageState();
      const another = await newVisitor({ ...options, ...(look && { look }), storageState });
      visitors.push(another);
      await another.open(path);
      return another;
    };
    try {
      const organization = await Organization.create(options);
      if (options.signedIn ?? true) await visitor.signIn(organization.key);
      await play({ visitor, page: visitor.page, elsewhere, organization, receiver });
      for (const { watch } of visitors) watch.mustHaveSeenNothing();
    } catch (error) {
      for (const { page, watch } of visitors) {
        const name = `${words} ${new URL(page.url()).pathname}`.replaceAll(/\W+/g, '-');
        const picture = path.join(stage.screenshots, 'failed', `${name}.png`);
        await page.screenshot({ path: picture }).catch(() => {});
        error.message += [`\n  ${page.url()}, as it looked: ${picture}`, ...watch.seen].join('\n  ');
      }
      throw error;
    } finally {
      await Promise.all(visitors.map(({ page }) => page.context().close()));
      receiver.close();
    }
  });
}

// The same in a browser with scripts and in one without: pages are whole either way.
function sceneEitherWay(words, options, play) {
  scene(words, options, play);
  scene(`${words}, without scripts`, { ...options, scripts: false }, play);
}

module.exports = { scene, sceneEitherWay };
