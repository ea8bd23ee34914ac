'use strict';
// Who may look, and until when.

const assert = require('node:assert/strict');
const { scene, sceneEitherWay } = require('./support/scene');
const { PATIENCE } = require('./support/patience');
const { Visitor } = require('./support/visitor');

const PAGES = ['/', '/webhooks', '/webhooks/new', '/deliveries', '/events'];

// That every page leads to where one signs in.
async function isShutOut(visitor) {
  for (const path of PAGES) {
    await visitor.open(path);
    assert.equal(visitor.path(), '/sign-in', `of ${path}`);
  }
}

sceneEitherWay('a wrong key is refused in words, a right one opens the overview', { signedIn: false }, async ({ visitor, page, organization }) => {
  visitor.watch.expect(401);
  await visitor.open('/');
  assert.equal(visitor.path(), '/sign-in');
  const key = visitor.field('API key');
  await key.fill('sk_live_of_nobody');
  await visitor.press('Sign in');
  await visitor.isWarned('not an API key of ours');
  assert.equal(await key.getAttribute('aria-invalid'), 'true');
  assert.equal(await key.inputValue(), '', 'a key is not sent back');

  await key.fill(` ${organization.key} `);
  await visitor.press('Sign in');
  await visitor.sees(page.getByRole('heading', { level: 1, name: 'Overview' }));
  await visitor.sees(organization.name);
  assert.equal(visitor.path(), '/');
});

sceneEitherWay('whoever is signed in is not asked again', {}, async ({ visitor }) => {
  await visitor.open('/sign-in');
  assert.equal(visitor.path(), '/');
});

sceneEitherWay('after signing out every page leads to the sign-in', {}, async ({ visitor, page, organization }) => {
  await visitor.open('/');
  await visitor.press('Sign out');
  assert.equal(visitor.path(), '/sign-in');
  // Whoever has the browser next sees nothing of it either.
  await page.goBack();
  await visitor.sees(visitor.field('API key'));
  await visitor.seesNot(organization.name);
  await isShutOut(visitor);
});

sceneEitherWay('a revoked key takes its sessions with it', {}, async ({ visitor, organization }) => {
  await organization.revokeKeys();
  await isShutOut(visitor);
});

scene('a page that is open when its key is revoked leads to the sign-in by itself', {}, async ({ visitor, page, organization }) => {
  await visitor.open('/');
  await organization.revokeKeys();
  await page.waitForURL(Visitor.url('/sign-in'), { timeout: PATIENCE });
});

scene('the cookie of a session is out of reach of scripts and of other sites', {}, async ({ visitor, page }) => {
  await visitor.open('/');
  const [cookie, ...more] = await page.context().cookies();
  assert.deepEqual(more, []);
  const { name, httpOnly, sameSite, path, expires } = cookie;
  assert.deepEqual({ name, httpOnly, sameSite, path }, { name: 'slotflow_session', httpOnly: true, sameSite: 'Strict', path: '/dashboard' });
  assert.equal(expires, -1, 'it ends with the browser');
  assert.equal(await page.evaluate(() => document.cookie), '');
});
