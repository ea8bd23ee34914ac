'use strict';
// Finding deliveries and events, and sending again what failed.

const assert = require('node:assert/strict');
const { sceneEitherWay, scene } = require('./support/scene');

const heading = (page, name) => page.getByRole('heading', { level: 1, name });

sceneEitherWay('a delivery arrives, another fails, is sent again and arrives', {}, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/good'));
  await organization.register(receiver.url('/bad'));
  receiver.refuses('/bad');
  await visitor.open('/');
  await visitor.follow('Deliveries');
  await visitor.sees('Nothing was delivered yet');
  await organization.book();
  await visitor.comesToSee(visitor.row('Delivered', receiver.url('/good')));
  await visitor.comesToSee(visitor.row('Failed', receiver.url('/bad'), 'answered 503'));

  await visitor.row('Failed').getByRole('link', { name: 'booking.confirmed' }).click();
  await visitor.sees(heading(page, 'booking.confirmed'));
  for (const attempt of ['Attempt 1', 'Attempt 2', 'Attempt 3']) {
    await visitor.sees(page.getByRole('heading', { name: attempt, exact: true }));
  }
  await visitor.sees('Nothing more is tried by itself.');
  const failed = visitor.path();
  receiver.accepts('/bad');
  await visitor.press('Send again');
  await visitor.isTold('1 delivery is sent again.');
  assert.notEqual(visitor.path(), failed);
  await visitor.comesToSee(page.getByRole('heading', { name: 'Delivered' }));

  // The two lead to each other.
  const again = visitor.path();
  await page.getByRole('listitem').getByRole('link', { name: failed.split('/').pop() }).click();
  assert.equal(visitor.path(), failed);
  await page.getByRole('listitem').getByRole('link', { name: again.split('/').pop() }).click();
  assert.equal(visitor.path(), again);
});

sceneEitherWay('several are chosen and sent again', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await organization.bookMany(3);
  await organization.settled({ webhook_id: id, status: 'failed' }, 3);
  receiver.accepts('/hook');
  await visitor.open('/deliveries?status=failed');
  const boxes = page.locator('tbody').getByRole('checkbox');
  assert.equal(await boxes.count(), 3);
  await boxes.nth(0).check();
  await boxes.nth(2).check();
  await visitor.press('Send again');
  await visitor.isTold('2 deliveries are sent again.');
  // The list is still the one that was filtered.
  assert.equal(await visitor.field('Status').inputValue(), 'failed');
  await organization.settled({ webhook_id: id, status: 'delivered' }, 2);
  assert.equal((await organization.deliveries({ webhook_id: id })).length, 5);
});

sceneEitherWay('to send again without having chosen does nothing', {}, async ({ visitor, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.book();
  await organization.settled({ webhook_id: id });
  await visitor.open('/deliveries');
  await visitor.press('Send again');
  await visitor.isTold(/^Tick/);
  assert.equal((await organization.deliveries({ webhook_id: id })).length, 1);
});

scene('all are chosen at once', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.bookMany(3);
  await organization.settled({ webhook_id: id }, 3);
  await visitor.open('/deliveries');
  const all = page.getByRole('checkbox', { name: 'Select all' });
  const chosen = () => page.locator('tbody input[type=checkbox]:checked').count();
  await all.check();
  assert.equal(await chosen(), 3);
  await all.uncheck();
  assert.equal(await chosen(), 0);
  await all.check();
  await visitor.press('Send again');
  await visitor.isTold('3 deliveries are sent again.');
});

sceneEitherWay('what cannot be sent again says why', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.call('PATCH', `/v1/webhooks/${id}`, { active: false });
  await organization.book();
  const [delivery] = await organization.settled({ webhook_id: id, status: 'held' });
  await visitor.open(`/deliveries/${delivery.id}`);
  await visitor.sees('The webhook is paused.');
  const button = visitor.button('Send again');
  assert.equal(await button.isDisabled(), true);
  const reason = await page.locator(`#${await button.getAttribute('aria-describedby')}`).textContent();
  assert.match(reason, /^Not now: ./);
});

sceneEitherWay('lists are narrowed by their filter, and say so when nothing is left', {}, async ({ visitor, page, organization, receiver }) => {
  visitor.watch.expect(422);
  await organization.register(receiver.url('/good'));
  await organization.register(receiver.url('/bad'), ['booking.confirmed']);
  receiver.refuses('/bad');
  const booking = await organization.book();
  await organization.book();
  await organization.call('DELETE', `/v1/bookings/${booking.id}`);
  await organization.settled({}, 5);
  const rows = page.locator('tbody').getByRole('row');

  await visitor.open('/deliveries');
  assert.equal(await rows.count(), 5);
  for (const [label, value, count] of [
    ['Status', { label: 'Failed' }, 2], ['Webhook', { label: receiver.url('/good') }, 3], ['Event', { label: 'booking.cancelled' }, 1],
  ]) {
    await visitor.field(label).selectOption(value);
    await visitor.press('Filter');
    await visitor.sees(visitor.link('Clear'));
    assert.equal(await rows.count(), count, label);
    await visitor.follow('Clear');
  }
  await visitor.field('Booking').fill(booking.id);
  await visitor.press('Filter');
  assert.equal(await rows.count(), 3);
  await visitor.field('Status').selectOption({ label: 'Held' });
  await visitor.press('Filter');
  await visitor.sees('No delivery matches');

  await visitor.field('Booking').fill('not an id');
  await visitor.press('Filter');
  await visitor.isWarned(/^Booking: /);
  assert.equal(await visitor.field('Booking').inputValue(), 'not an id');

  await visitor.open('/events');
  assert.equal(await rows.count(), 3);
  await visitor.field('Event').selectOption({ label: 'booking.cancelled' });
  await visitor.press('Filter');
  assert.equal(await rows.count(), 1);
});

sceneEitherWay('an event shows its payload and its deliveries', {}, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/good'));
  const booking = await organization.book({ attendee_name: 'Zoë Ångström', metadata: { lead_id: 'lead_8294' } });
  const [delivery] = await organization.settled();
  await visitor.open('/');
  await visitor.follow('Events');
  await visitor.row('booking.confirmed', '1').getByRole('link', { name: 'booking.confirmed' }).click();
  await visitor.sees(heading(page, 'booking.confirmed'));
  await visitor.sees(booking.id);
  await visitor.sees('"attendee_name": "Zoë Ångström"');
  await visitor.row('Delivered', receiver.url('/good')).getByRole('link', { name: 'booking.confirmed' }).click();
  assert.equal(visitor.path(), `/deliveries/${delivery.id}`);
  await page.getByText('As it is sent').click();
  await visitor.sees(receiver.arrivals[0].body);
});

sceneEitherWay('an event that nobody wanted is there too', {}, async ({ visitor, organization }) => {
  await organization.book();
  await visitor.open('/');
  await visitor.follow('Events');
  await visitor.row('booking.confirmed', 'No webhook wanted it').getByRole('link', { name: 'booking.confirmed' }).click();
  await visitor.sees('No webhook wanted it: none was subscribed');
});

sceneEitherWay('a long list has pages, and none shows a delivery twice', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.bookMany(60);
  await organization.settled({ webhook_id: id, limit: 100 }, 60);
  const shown = () => page.locator('tbody').getByRole('link', { name: 'booking.confirmed' }).evaluateAll((links) => links.map((link) => link.href));
  await visitor.open('/deliveries');
  const newest = await shown();
  assert.equal(newest.length, 50);
  await visitor.follow('Older');
  const older = await shown();
  assert.equal(new Set([...newest, ...older]).size, 60);
  await visitor.follow('Newest');
  assert.deepEqual(await shown(), newest);
});
