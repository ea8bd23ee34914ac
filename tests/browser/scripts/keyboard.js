'use strict';
// No mouse: every way is found with the Tab key, and it is always seen where one is.

const assert = require('node:assert/strict');
const { until } = require('./support/patience');
const { scene } = require('./support/scene');

// More than any page has stops.
const MANY = 80;

const hasFocus = (locator) => locator.evaluate((element) => element === document.activeElement);

// Presses Tab until this has the focus. On the way every stop is seen and marked.
async function tabTo(page, locator) {
  for (let pressed = 0; pressed < MANY; pressed += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { width, height, top, bottom } = element.getBoundingClientRect();
      return {
        what: element.outerHTML.slice(0, 100),
        isMarked: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        isSeen: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
      };
    });
    assert.ok(stop.isMarked && stop.isSeen, `where one is is not seen: ${JSON.stringify(stop)}`);
    if (await hasFocus(locator)) return;
  }
  throw new Error(`${locator} is not reached by ${MANY} stops`);
}

scene('signing in, skipping to the content, and sending again take no mouse', { signedIn: false }, async ({ visitor, page, organization, receiver }) => {
  await organization.register(receiver.url('/hook'));
  receiver.refuses('/hook');
  await organization.book();
  const [delivery] = await organization.settled({ status: 'failed' });
  receiver.accepts('/hook');

  await visitor.open('/');
  // Where one types is where one is, as soon as the page is drawn.
  await until('the key\'s field has the focus', () => hasFocus(visitor.field('API key')));
  await page.keyboard.type(organization.key);
  await tabTo(page, visitor.button('Sign in'));
  await page.keyboard.press('Enter');
  await visitor.sees(page.getByRole('heading', { level: 1, name: 'Overview' }));

  await page.keyboard.press('Tab');
  const skip = visitor.link('Skip to content');
  assert.equal(await hasFocus(skip), true, 'skipping comes first');
  assert.equal(await skip.isVisible(), true);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  await visitor.open('/');
  await tabTo(page, visitor.link('Deliveries'));
  await page.keyboard.press('Enter');
  await visitor.sees(page.getByRole('heading', { level: 1, name: 'Deliveries' }));
  await tabTo(page, page.locator('tbody').getByRole('checkbox'));
  await page.keyboard.press('Space');
  await tabTo(page, visitor.button('Send again'));
  await page.keyboard.press('Enter');
  await visitor.isTold('1 delivery is sent again.');

  await visitor.open(`/deliveries/${delivery.id}`);
  await tabTo(page, visitor.button('Send again'));
  await page.keyboard.press('Enter');
  await visitor.isTold('1 delivery is sent again.');
  await visitor.comesToSee(page.getByRole('heading', { name: 'Delivered' }));
  await until('three attempts and two more', () => receiver.arrivals.length === 5);
});

scene('a webhook is created, paused and deleted without a mouse', {}, async ({ visitor, page, organization, receiver }) => {
  await visitor.open('/webhooks');
  const goOn = async (locator, heading) => {
    await tabTo(page, locator);
    await page.keyboard.press('Enter');
    await visitor.sees(page.getByRole('heading', { level: 1, name: heading }));
  };
  await goOn(visitor.link('Create a webhook').first(), 'Create a webhook');
  await tabTo(page, visitor.field('URL'));
  await page.keyboard.type(receiver.url('/hook'));
  await page.keyboard.press('Enter');
  await visitor.sees(page.getByRole('heading', { level: 1, name: 'The webhook was created' }));
  await goOn(visitor.link('To the webhook'), receiver.url('/hook'));
  await tabTo(page, visitor.button('Pause'));
  await page.keyboard.press('Enter');
  await visitor.isTold('The webhook is paused.');
  await goOn(visitor.link('Delete …'), 'Delete this webhook?');
  await tabTo(page, visitor.button('Delete it'));
  await page.keyboard.press('Enter');
  await visitor.isTold('The webhook was deleted.');
  assert.equal((await organization.webhooks()).length, 0);
});
