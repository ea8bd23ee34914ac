'use strict';
// Every page in every look: accessible by axe's rules, within the width of the screen, and left as a picture for people
// to look at.

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const path = require('node:path');
const axe = require('axe-core');
const { scene } = require('./support/scene');
const stage = require('./support/stage');

const SCREENS = [
  { name: '', viewport: { width: 1280, height: 900 } },
  // As narrow as a page may be asked to be is 1280 pixels at four times their size (WCAG 1.4.10).
  { name: 'phone.', viewport: { width: 390, height: 844 }, narrowest: 320, isMobile: true, hasTouch: true },
];

// In the dark only what is about colours is judged anew.
const SCHEMES = [
  { colorScheme: 'light', rules: undefined },
  { colorScheme: 'dark', rules: ['color-contrast', 'link-in-text-block'] },
];

// What axe finds wrong, by some of its rules or all of them.
async function violations(page, rules) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const found = await page.evaluate(async (options) => (await window.axe.run(document, options)).violations, options);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n    ${failureSummary.replaceAll('\n', '\n    ')}`));
}

// What sticks out of the page to the right.
async function overflow(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const outside = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    return [`is ${scrollWidth} pixels wide in ${clientWidth}:`, ...outside.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
}

// What is wrong with the page that is open. Takes its pictures, for which it has to stand still.
async function judge(page, name, screen) {
  const found = [];
  await page.locator('[data-live]').evaluateAll((regions) => { for (const region of regions) region.removeAttribute('data-live'); });
  for (const { colorScheme, rules } of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page, rules)).map((violation) => `${colorScheme} ${violation}`));
    await page.screenshot({ path: path.join(stage.screenshots, `${name}.${screen.name}${colorScheme}.png`), fullPage: true });
  }
  found.push(...(await overflow(page)));
  if (screen.narrowest) {
    await page.setViewportSize({ ...screen.viewport, width: screen.narrowest });
    found.push(...(await overflow(page)));
    await page.setViewportSize(screen.viewport);
  }
  const title = await page.title();
  if (!/^.+ · Slotflow$/.test(title)) found.push(`is called ${title}`);
  return found.map((words) => `${name} ${screen.name} ${words}`);
}

// What is wrong is gathered, so that one run tells all of it. `pages` makes a name and a way to open it for each.
function judged(words, options, pages) {
  scene(words, options, async ({ elsewhere, ...stageHands }) => {
    const opened = await pages(stageHands);
    const judgements = SCREENS.map(async (screen) => {
      const { name, narrowest, ...look } = screen;
      // What is on its way in has not its colours yet.
      const visitor = await elsewhere('/sign-in', { ...look, reducedMotion: 'reduce' });
      visitor.watch.expect(401, 404, 422, 429);
      const problems = [];
      for (const [name, open] of Object.entries(opened)) {
        await open(visitor);
        problems.push(...(await judge(visitor.page, name, screen)));
      }
      return problems;
    });
    const problems = (await Promise.all(judgements)).flat();
    assert.ok(problems.length === 0, `${problems.length} problems:\n${problems.join('\n')}`);
  });
}

const at = (path) => (visitor) => visitor.open(path);

judged('who is not signed in', { signedIn: false }, async () => ({
  'sign-in': at('/sign-in'),
  'sign-in-refused': async (visitor) => {
    await visitor.open('/sign-in');
    await visitor.field('API key').fill('sk_live_of_nobody');
    await visitor.press('Sign in');
    await visitor.isWarned(/./);
  },
}));

judged('pages on which there is nothing yet', {}, async () => ({
  'overview-empty': at('/'),
  'webhooks-empty': at('/webhooks'),
  'deliveries-empty': at('/deliveries'),
  'events-empty': at('/events'),
  'not-found': at('/nothing'),
}));

judged('pages of a plan that is used up', { plan: 'free' }, async ({ organization, receiver }) => {
  await organization.register(receiver.url('/one'));
  await organization.register(receiver.url('/two'));
  return { 'webhooks-full': at('/webhooks'), 'webhook-new-full': at('/webhooks/new') };
});

judged('pages on which much has happened', { name: 'A company with a name that is not exactly short' }, async ({ organization, receiver }) => {
  const long = `/${'a-long-path/'.repeat(12)}hook`;
  const good = await organization.register(receiver.url('/good'));
  const bad = await organization.register(receiver.url(long), ['booking.confirmed']);
  const paused = await organization.register(receiver.url('/paused'));
  const quiet = await organization.register(receiver.url('/quiet'), ['webhook.disabled']);
  await organization.call('PATCH', `/v1/webhooks/${paused.id}`, { active: false });
  receiver.answer(long, { status: 503, headers: { 'content-type': 'text/html', 'x-long': 'x'.repeat(400) }, body: `<p>${'closed '.repeat(400)}</p>\n`.repeat(3) });
  const metadata = { lead_id: 'lead_8294', tags: Array.from({ length: 40 }, (_, nth) => `tag ${nth}`), long: 'y'.repeat(600) };
  const booking = await organization.book({ attendee_name: 'Zoë Ångström-Featherstonehaugh', metadata });
  await organization.bookMany(6);
  await organization.call('DELETE', `/v1/bookings/${booking.id}`);
  await organization.settled({ limit: 100 }, 23);
  const of = async (filter) => (await organization.deliveries(filter))[0].id;
  const delivered = await of({ webhook_id: good.id, booking_id: booking.id });
  const failed = await of({ webhook_id: bad.id, booking_id: booking.id });
  const held = await of({ webhook_id: paused.id });
  const [event] = (await organization.call('GET', `/v1/events?booking_id=${booking.id}&event=booking.confirmed`)).events;
  return {
    overview: at('/'),
    'overview-week': async (visitor) => {
      await visitor.open('/?span=week');
      await visitor.unfold();
    },
    webhooks: at('/webhooks'),
    'webhook-new': at('/webhooks/new'),
    'webhook-new-refused': async (visitor) => {
      await visitor.open('/webhooks/new');
      await visitor.field('URL').fill('ftp://example.com/hook');
      await visitor.press('Create');
    },
    webhook: at(`/webhooks/${good.id}?done=webhook-changed&count=1`),
    'webhook-failing': at(`/webhooks/${bad.id}`),
    'webhook-paused': at(`/webhooks/${paused.id}`),
    'webhook-quiet': at(`/webhooks/${quiet.id}`),
    'webhook-delete': at(`/webhooks/${paused.id}/delete`),
    'webhook-secret': async (visitor) => {
      // One of its own, as only one form can rotate a secret.
      const { id } = await organization.register(receiver.url(`/of-${randomUUID()}`));
      await visitor.open(`/webhooks/${id}`);
      await visitor.press('Rotate');
      await visitor.sees(visitor.page.locator('#secret'));
    },
    'webhook-replay': at(`/webhooks/${bad.id}/replay`),
    'webhook-replay-counted': async (visitor) => {
      await visitor.open(`/webhooks/${bad.id}/replay`);
      await visitor.press('Count them');
    },
    deliveries: at('/deliveries?done=retried&count=2&skipped=1'),
    'deliveries-failed': at('/deliveries?status=failed'),
    'deliveries-none-match': at('/deliveries?status=cancelled'),
    'deliveries-wrong-filter': at('/deliveries?booking_id=nonsense&from=yesterday'),
    'delivery-delivered': at(`/deliveries/${delivered}`),
    'delivery-failed': async (visitor) => {
      await visitor.open(`/deliveries/${failed}`);
      await visitor.unfold();
    },
    'delivery-held': at(`/deliveries/${held}`),
    events: at('/events'),
    event: at(`/events/${event.id}`),
  };
});
