'use strict';
// All that is done with a webhook, from its creation to its end.

const assert = require('node:assert/strict');
const { scene, sceneEitherWay } = require('./support/scene');
const { until } = require('./support/patience');
const { Visitor } = require('./support/visitor');

// The number on a tile.
const tile = (page, name) => page.locator('.tile').filter({ has: page.getByText(name, { exact: true }) }).locator('.value');

const event = (page, name) => page.getByRole('checkbox', { name: new RegExp(`^${name}`) });

// A secret that was shown is nowhere any more.
async function isKeptSecret(visitor, secret, ...paths) {
  for (const path of paths) {
    await visitor.open(path);
    assert.ok(!(await visitor.page.content()).includes(secret), `a secret is on ${path}`);
  }
}

sceneEitherWay('a webhook is created, and its secret is shown once', {}, async ({ visitor, page, organization, receiver }) => {
  await visitor.open('/');
  await visitor.follow('Webhooks');
  await visitor.sees('No webhook yet');
  await visitor.follow('Create a webhook');
  assert.equal(visitor.path(), '/webhooks/new');
  await visitor.field('URL').fill(receiver.url('/hook'));
  await visitor.press('Create');

  await visitor.sees(page.getByRole('heading', { level: 1, name: 'The webhook was created' }));
  const [webhook] = await organization.webhooks();
  assert.deepEqual([...webhook.events].sort(), ['booking.cancelled', 'booking.confirmed']);
  const secret = await page.locator('#secret').textContent();
  assert.equal(secret, webhook.signing_secret);

  await visitor.follow('To the webhook');
  await visitor.sees(page.getByRole('heading', { level: 1, name: receiver.url('/hook') }));
  await isKeptSecret(visitor, secret, `/webhooks/${webhook.id}`, '/webhooks', '/');
  await visitor.follow('Webhooks');
  await visitor.sees(visitor.row(receiver.url('/hook'), 'Active'));
});

scene('a secret is copied by a button', {}, async ({ visitor, page, receiver }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await visitor.open('/webhooks/new');
  await visitor.field('URL').fill(receiver.url('/hook'));
  await visitor.press('Create');
  await visitor.press('Copy');
  await visitor.sees(visitor.button('Copied'));
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator('#secret').textContent());
});

sceneEitherWay('what is wrong with a webhook is said beside what was typed', {}, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(402, 409, 422);
  await organization.register(receiver.url('/taken'));
  const url = visitor.field('URL');
  await visitor.open('/webhooks/new');
  for (const [typed, words] of [['ftp://example.com/hook', /http/i], [receiver.url('/taken'), /already/]]) {
    await url.fill(typed);
    await visitor.press('Create');
    await visitor.sees(words);
    assert.equal(await url.inputValue(), typed);
    assert.equal(await url.getAttribute('aria-invalid'), 'true');
    const described = await url.getAttribute('aria-describedby');
    assert.match(await page.locator(`#${described.split(' ')[0]}`).textContent(), words, 'the field names its problem');
  }

  await url.fill(receiver.url('/other'));
  await event(page, 'booking.confirmed').uncheck();
  await event(page, 'booking.cancelled').uncheck();
  await visitor.press('Create');
  await visitor.sees(page.getByRole('group', { name: 'Events' }).getByText(/event/i));
  assert.equal(await url.inputValue(), receiver.url('/other'));
  assert.equal((await organization.webhooks()).length, 1);
});

sceneEitherWay('a plan that is used up is told before and after', { plan: 'free' }, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(402);
  await organization.register(receiver.url('/one'));
  await visitor.open('/webhooks/new');
  await visitor.field('URL').fill(receiver.url('/three'));
  await organization.register(receiver.url('/two'));
  await visitor.press('Create');
  await visitor.isWarned(/2 webhooks/);
  assert.equal(await visitor.button('Create').isDisabled(), true);

  await visitor.open('/webhooks');
  await visitor.sees('2 of 2 webhooks used; none left');
  assert.equal(await visitor.button('Create a webhook').isDisabled(), true);
  assert.equal((await organization.webhooks()).length, 2);
});

sceneEitherWay('a webhook is changed', {}, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(409);
  const { id } = await organization.register(receiver.url('/old'));
  await organization.register(receiver.url('/taken'));
  await visitor.open(`/webhooks/${id}`);
  const url = visitor.field('URL');
  await url.fill(receiver.url('/taken'));
  await visitor.press('Save');
  await visitor.sees(/already/);
  assert.equal((await organization.webhook(id)).url, receiver.url('/old'));

  await url.fill(receiver.url('/new'));
  await event(page, 'booking.cancelled').uncheck();
  await visitor.press('Save');
  await visitor.isTold('The webhook was changed.');
  await visitor.sees(page.getByRole('heading', { level: 1, name: receiver.url('/new') }));
  const { url: changed, events } = await organization.webhook(id);
  assert.deepEqual({ changed, events }, { changed: receiver.url('/new'), events: ['booking.confirmed'] });
});

sceneEitherWay('a paused webhook holds what comes, and sends it when it is resumed', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await visitor.open(`/webhooks/${id}`);
  await visitor.press('Pause');
  await visitor.isTold('The webhook is paused.');
  await organization.bookMany(2);
  await organization.settled({ webhook_id: id, status: 'held' }, 2);
  await visitor.comesToSee(visitor.button('Resume and send 2'));
  assert.equal(await tile(page, 'Held').textContent(), '2');
  assert.equal(receiver.arrivals.length, 0);

  await visitor.press('Resume and send 2');
  await visitor.isTold('The webhook is active again.');
  await organization.settled({ webhook_id: id, status: 'delivered' }, 2);
  assert.equal(receiver.arrivals.length, 2);
  await visitor.comesToSee(tile(page, 'Delivered, 24 h').filter({ hasText: '2' }));
  assert.equal(await tile(page, 'Held').textContent(), '0');
});

sceneEitherWay('what a paused webhook held can be discarded', {}, async ({ visitor, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.call('PATCH', `/v1/webhooks/${id}`, { active: false });
  await organization.book();
  await visitor.open(`/webhooks/${id}`);
  await visitor.press('Resume and discard 1');
  await visitor.isTold('The webhook is active again.');
  await organization.settled({ webhook_id: id, status: 'cancelled' }, 1);
  await visitor.comesToSee(visitor.row('Cancelled', 'booking.confirmed'));
  assert.equal(receiver.arrivals.length, 0);
});

sceneEitherWay('a secret is rotated, and both sign for a while', {}, async ({ visitor, page, organization, receiver }) => {
  const { id, signing_secret: old } = await organization.register(receiver.url('/hook'));
  await visitor.open(`/webhooks/${id}`);
  await visitor.field('The old one signs on for').selectOption({ label: '1 hour' });
  await visitor.press('Rotate');
  await visitor.sees(page.getByRole('heading', { level: 1, name: 'The webhook has a new secret' }));
  const secret = await page.locator('#secret').textContent();
  assert.notEqual(secret, old);
  assert.equal((await organization.webhook(id)).signing_secret, secret);

  await isKeptSecret(visitor, secret, `/webhooks/${id}`, '/webhooks');
  await organization.book();
  const [arrival] = await until('a delivery', () => receiver.arrivals.length > 0 && receiver.arrivals);
  assert.equal(arrival.headers['x-slotflow-signature'].match(/,v1=/g).length, 2);
});

sceneEitherWay('loading the page of a new secret again makes no other one', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await visitor.open(`/webhooks/${id}`);
  await visitor.press('Rotate');
  const secret = await page.locator('#secret').textContent();
  await page.reload();
  assert.equal((await organization.webhook(id)).signing_secret, secret);
});

sceneEitherWay('a test is sent, and what comes of it is seen', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await visitor.open(`/webhooks/${id}`);
  await visitor.sees('Nothing was sent to it yet');
  await visitor.press('Send a test');
  await visitor.isTold('A test event is on its way.');
  await visitor.comesToSee(visitor.row('Failed', 'webhook.test', 'answered 503'));
  receiver.accepts('/hook');
  await visitor.press('Send a test');
  await visitor.comesToSee(visitor.row('Delivered', 'webhook.test', 'accepted it with 200'));
  await visitor.comesToSee(page.getByText(/last success/));
});

sceneEitherWay('what failed is replayed, after it was counted', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await organization.bookMany(3);
  await organization.settled({ webhook_id: id, status: 'failed' }, 3);
  receiver.accepts('/hook');

  await visitor.open(`/webhooks/${id}`);
  await visitor.follow('Send events again');
  await visitor.press('Count them');
  await visitor.sees(page.getByRole('heading', { name: 'This sends 3 events again' }));
  await visitor.press('Send 3 events');
  await visitor.isTold('3 events are sent again');
  await organization.settled({ webhook_id: id, status: 'delivered' }, 3);
  await visitor.comesToSee(tile(page, 'Delivered, 24 h').filter({ hasText: '3' }));

  // Their latest deliveries arrived, so that nothing of the kind is left.
  await visitor.follow('Send events again');
  await visitor.press('Count them');
  await visitor.sees('There is nothing to send');
});

sceneEitherWay('a replay of a span that ends before it begins is refused in words', {}, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(422);
  const { id } = await organization.register(receiver.url('/hook'));
  await visitor.open(`/webhooks/${id}/replay`);
  await visitor.field('From (UTC)').fill('2026-03-10T14:05');
  await visitor.field('Until (UTC)').fill('2026-03-09T14:05');
  await visitor.press('Count them');
  await visitor.sees(page.locator('[aria-invalid=true]'));
  assert.equal(await visitor.field('From (UTC)').inputValue(), '2026-03-10T14:05');
});

sceneEitherWay('a webhook is deleted, after it was asked whether that is meant', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.call('PATCH', `/v1/webhooks/${id}`, { active: false });
  await organization.book();
  await visitor.open(`/webhooks/${id}`);
  await visitor.follow('Delete …');
  await visitor.sees('1 delivery waits for it, and will be cancelled.');
  await visitor.follow('Keep it');
  assert.equal(visitor.path(), `/webhooks/${id}`);
  assert.equal((await organization.webhooks()).length + 1, 1, 'it is paused, hence not listed');

  await visitor.follow('Delete …');
  await visitor.press('Delete it');
  await visitor.isTold('The webhook was deleted.');
  assert.equal(visitor.path(), '/webhooks');
  await visitor.sees('No webhook yet');
  await organization.settled({ status: 'cancelled' }, 1);
  visitor.watch.expect(404);
  assert.equal((await visitor.open(`/webhooks/${id}`)).status(), 404);
  assert.equal(page.url(), Visitor.url(`/webhooks/${id}`));
});
