'use strict';
// Other organizations, and other sites.

const assert = require('node:assert/strict');
const { Organization } = require('./support/organization');
const { scene } = require('./support/scene');
const stage = require('./support/stage');
const { Visitor } = require('./support/visitor');

// What an organization may have: an active webhook, and deliveries.
async function furnish(organization, receiver) {
  const webhook = await organization.register(receiver.url(`/of-${organization.id}`));
  receiver.refuses(`/of-${organization.id}`);
  await organization.book();
  const [delivery] = await organization.settled({ webhook_id: webhook.id });
  const [event] = (await organization.call('GET', '/v1/events')).events;
  return { webhook, delivery, event };
}

// What can be seen of it from outside.
async function sight(organization, webhook) {
  const { url, events, active, signing_secret: secret } = await organization.webhook(webhook.id);
  return { url, events, active, secret, deliveries: (await organization.deliveries()).map(({ id, status }) => [id, status]) };
}

scene('what is of another organization is not there', {}, async ({ visitor, page, receiver }) => {
  visitor.watch.expect(404);
  const other = await Organization.create({ name: 'Somebody else' });
  const { webhook, delivery, event } = await furnish(other, receiver);
  for (const path of [
    `/webhooks/${webhook.id}`, `/webhooks/${webhook.id}/delete`, `/webhooks/${webhook.id}/replay`, `/deliveries/${delivery.id}`, `/events/${event.id}`,
    // As what nobody has.
    `/webhooks/${event.id}`, '/deliveries/1', '/events/%00', '/nothing',
  ]) {
    const response = await visitor.open(path);
    assert.equal(response.status(), 404, path);
    await visitor.sees(page.getByRole('heading', { level: 1, name: 'Not found' }));
    assert.ok(!(await page.content()).includes(other.id), path);
  }
  for (const path of ['/', '/webhooks', `/deliveries?webhook_id=${webhook.id}`, `/deliveries?booking_id=${delivery.booking_id}`, '/events']) {
    await visitor.open(path);
    const source = await page.content();
    // What was asked for is in the form, and nowhere else.
    for (const theirs of [webhook.url, delivery.id, event.id]) assert.ok(!source.includes(theirs), `${theirs} on ${path}`);
  }
});

scene('nothing of another organization can be changed', {}, async ({ visitor, page, receiver }) => {
  const other = await Organization.create({ name: 'Somebody else' });
  const { webhook, delivery } = await furnish(other, receiver);
  const before = await sight(other, webhook);
  await visitor.open('/webhooks');
  for (const [path, form] of [
    [`/webhooks/${webhook.id}/change`, { url: receiver.url('/mine'), events: 'booking.confirmed' }],
    [`/webhooks/${webhook.id}/pause`, {}],
    [`/webhooks/${webhook.id}/resume`, { held: 'discard' }],
    [`/webhooks/${webhook.id}/rotate`, { overlap: '0' }],
    [`/webhooks/${webhook.id}/test`, {}],
    [`/webhooks/${webhook.id}/delete`, {}],
    [`/webhooks/${webhook.id}/replay`, { since: '2020-01-01T00:00', step: 'send' }],
    [`/webhooks/${webhook.id}/replay`, { since: '2020-01-01T00:00', step: 'count' }],
    [`/deliveries/${delivery.id}/retry`, {}],
  ]) {
    const response = await page.request.post(Visitor.url(path), { form, maxRedirects: 0 });
    assert.equal(response.status(), 404, path);
  }
  const several = await page.request.post(Visitor.url('/deliveries/retry'), { form: { id: delivery.id }, maxRedirects: 0 });
  assert.match(several.headers().location, /count=0/);
  assert.deepEqual(await sight(other, webhook), before);
});

// A page of another site, which asks for a change as soon as it is opened.
function trap(action, fields = {}) {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const page = `<!doctype html><form method="post" action="${action}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`;
  return { headers: { 'content-type': 'text/html' }, body: page };
}

scene('a page of another site changes nothing', {}, async ({ elsewhere, organization, receiver }) => {
  const { webhook, delivery } = await furnish(organization, receiver);
  const before = await sight(organization, webhook);
  for (const [nth, [path, fields]] of [
    [`/webhooks/${webhook.id}/delete`], [`/webhooks/${webhook.id}/pause`], [`/webhooks/${webhook.id}/rotate`, { overlap: '0' }],
    [`/deliveries/${delivery.id}/retry`], ['/deliveries/retry', { id: delivery.id }], ['/sign-out'],
  ].entries()) {
    receiver.answer(`/trap-${nth}`, trap(Visitor.url(path), fields));
    // Another origin of the same site, to which browsers send the cookie, and another site, to which they do not.
    for (const place of [receiver.url(`/trap-${nth}`), receiver.url(`/trap-${nth}`).replace('127.0.0.1', 'localhost')]) {
      const { page, watch } = await elsewhere('/');
      await page.goto(place).catch(() => {});
      await page.getByRole('heading', { level: 1, name: 'Refused' }).waitFor();
      assert.equal(page.url(), Visitor.url(path));
      await page.goto(Visitor.url('/webhooks'));
      await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
      watch.seen.length = 0;
      await page.context().close();
    }
  }
  assert.deepEqual(await sight(organization, webhook), before);
});

scene('no other site puts a frame around us, or reads us', {}, async ({ elsewhere, receiver }) => {
  receiver.answer('/frame', {
    headers: { 'content-type': 'text/html' },
    body: `<!doctype html><iframe src="${Visitor.url('/')}"></iframe>`,
  });
  const { page, watch } = await elsewhere('/');
  await page.goto(receiver.url('/frame'));
  await page.waitForLoadState('load');
  const framed = page.frames().filter((frame) => frame !== page.mainFrame());
  for (const frame of framed) assert.ok(!(await frame.content()).includes('Overview'), 'the dashboard is in a frame');
  const read = await page.evaluate((url) => fetch(url, { credentials: 'include' }).then((answer) => answer.text(), () => 'refused'), Visitor.url('/'));
  assert.equal(read, 'refused');
  watch.seen.length = 0;
});

scene('every page tells browsers what to refuse, and keeps itself out of caches', {}, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(404);
  const { webhook, delivery, event } = await furnish(organization, receiver);
  for (const path of ['/', '/webhooks', `/webhooks/${webhook.id}`, '/deliveries', `/deliveries/${delivery.id}`, `/events/${event.id}`, '/nothing']) {
    const headers = (await visitor.open(path)).headers();
    assert.match(headers['content-security-policy'], /default-src 'none'/, path);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|data:|https?:/, path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.match(headers['cache-control'] ?? '', /no-store/, path);
  }
  const asset = await page.request.get(`${stage.server}/dashboard/assets/dashboard.css`);
  assert.equal(asset.headers()['x-content-type-options'], 'nosniff');
});
