'use strict';
// Pages that are open while things happen.

const assert = require('node:assert/strict');
const { scene } = require('./support/scene');
const { pause, until } = require('./support/patience');

// After this long a page has heard of everything, and looked once more of itself.
const A_WHILE = 6_500;

// Counts by how much what is seen moves by itself, as browsers measure it (0.1 is what people still take for steady).
async function measureShifts(page) {
  await page.evaluate(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const what = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.nodeName);
        window.shifts.push({ value: entry.value, what });
      }
    }).observe({ type: 'layout-shift' });
  });
  return async (path) => {
    const shifts = await page.evaluate(() => window.shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    assert.ok(sum < 0.02, `${path} moved by ${sum}: ${JSON.stringify(shifts, null, 2)}`);
  };
}

// Where the columns of the table are.
const columns = (page) => page.locator('thead th').evaluateAll((cells) => cells.map((cell) => {
  const { left, width, top } = cell.getBoundingClientRect();
  return [cell.textContent.trim(), Math.round(left), Math.round(width), Math.round(top)];
}));

const rowHeights = (page) => page.locator('tbody tr').evaluateAll((rows) => [...new Set(rows.map((row) => Math.round(row.getBoundingClientRect().height)))]);

scene('deliveries come, fail and are mended before the eyes of whoever looks', {}, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await visitor.open('/deliveries');
  await visitor.mark();
  await organization.book();
  await visitor.comesToSee(visitor.row('Failed', 'answered 503'));
  receiver.accepts('/hook');
  const [failed] = await organization.settled({ status: 'failed' });
  await organization.call('POST', `/v1/deliveries/${failed.id}/retry`);
  await visitor.comesToSee(visitor.row('Delivered'));
  assert.equal(await page.locator('tbody tr').count(), 2);
  await visitor.isStillThere();
});

scene('the story of a delivery goes on while it is read', {}, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await organization.book();
  const [delivery] = await until('a delivery', async () => {
    const deliveries = await organization.deliveries();
    return deliveries.length > 0 && deliveries;
  });
  await visitor.open(`/deliveries/${delivery.id}`);
  await visitor.mark();
  await visitor.comesToSee(page.getByRole('heading', { name: 'Attempt 1', exact: true }));
  await page.getByText('The answer: 503').first().click();
  await visitor.sees('closed for today');
  await visitor.comesToSee(page.getByRole('heading', { name: 'Failed', exact: true }));
  assert.equal(await page.getByText('closed for today').first().isVisible(), true, 'what was opened stays open');
  await visitor.isStillThere();
});

scene('the overview counts along', {}, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/good'));
  await organization.register(receiver.url('/bad'));
  receiver.refuses('/bad');
  await visitor.open('/');
  await visitor.mark();
  await organization.book();
  const tile = (name) => page.locator('.tile').filter({ has: page.getByText(name, { exact: true }) }).locator('.value');
  await visitor.comesToSee(tile('Delivered').filter({ hasText: /^1$/ }));
  await visitor.comesToSee(tile('Failed').filter({ hasText: /^1$/ }));
  await visitor.sees('Needs your attention');
  await visitor.isStillThere();
});

scene('nothing moves while deliveries come', {}, async ({ elsewhere, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/a/rather/long/path/of/a/receiver'));
  receiver.refuses('/b');
  await organization.register(receiver.url('/b'));
  await organization.bookMany(15);
  await organization.settled({ limit: 100 }, 30);
  const pages = await Promise.all(['/deliveries', '/', `/webhooks/${id}`, '/webhooks', '/events'].map(async (path) => {
    const { page } = await elsewhere(path);
    return { path, page, columns: await columns(page), heights: await rowHeights(page), mustBeSteady: await measureShifts(page) };
  }));
  await organization.bookMany(5);
  await pause(A_WHILE);
  for (const { path, page, mustBeSteady, ...before } of pages) {
    await mustBeSteady(path);
    assert.deepEqual({ columns: await columns(page), heights: await rowHeights(page) }, before, path);
  }
});

scene('what was chosen and typed stays, whatever comes meanwhile', {}, async ({ visitor, page, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/hook'));
  await organization.book();
  await organization.settled();
  await visitor.open('/deliveries');
  const box = page.locator('tbody').getByRole('checkbox').first();
  const chosen = await box.getAttribute('value');
  await box.check();
  await organization.book();
  await pause(A_WHILE);
  assert.deepEqual(await page.locator('tbody input:checked').evaluateAll((boxes) => boxes.map((it) => it.value)), [chosen]);
  await page.locator(`input[value="${chosen}"]`).uncheck();
  await visitor.comesToSee(page.locator('tbody tr').nth(1));

  await visitor.open(`/webhooks/${id}`);
  await visitor.field('URL').fill(`${receiver.url('/hook')}/half-typ`);
  await organization.book();
  await visitor.comesToSee(page.locator('tbody tr').nth(2));
  assert.equal(await visitor.field('URL').inputValue(), `${receiver.url('/hook')}/half-typ`);
});

scene('whoever is somewhere with the keyboard stays there', {}, async ({ elsewhere, organization, receiver }) => {
  const { id } = await organization.register(receiver.url('/good'));
  await organization.register(receiver.url('/bad'));
  receiver.refuses('/bad');
  await organization.book();
  await organization.settled({}, 2);
  const [delivery] = await organization.deliveries({ webhook_id: id });
  const [event] = (await organization.call('GET', '/v1/events')).events;
  const paths = ['/', '/webhooks', `/webhooks/${id}`, '/deliveries', `/deliveries/${delivery.id}`, '/events', `/events/${event.id}`];
  await Promise.all(paths.map(async (path) => {
    const { page } = await elsewhere(path);
    for (const link of [page.locator('#live a').first(), page.locator('#live a').last()]) {
      await link.focus();
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'));
      const before = await focused();
      const region = await page.locator('#live').elementHandle();
      // Until the region has been put in place anew, or it is clear that it is not.
      await page.waitForFunction((old) => !old.isConnected, region, { timeout: A_WHILE }).catch(() => {});
      assert.equal(await focused(), before, `${path} after an update`);
    }
  }));
});
