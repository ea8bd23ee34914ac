'use strict';
// An organization, made on the command line, and what happens in it, by the API: pages are to show both.

const { execFile } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { promisify } = require('node:util');
const stage = require('./stage');
const { until } = require('./patience');

const BOTH = ['booking.confirmed', 'booking.cancelled'];
const FINAL = ['delivered', 'failed', 'cancelled'];

// `slotflow …`, whose answer is lines of JSON.
async function slotflow(...words) {
  const { stdout } = await promisify(execFile)(stage.slotflow, words, { env: { ...process.env, ...stage.environment } });
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

class Organization {
  static async create({ name = 'Acme', plan = 'growth' } = {}) {
    const [made] = await slotflow('org', 'create', '--name', name, '--plan', plan);
    return new Organization(made.organization_id, made.api_key, name);
  }

  constructor(id, key, name) {
    Object.assign(this, { id, key, name });
  }

  // Takes away all its keys.
  async revokeKeys() {
    const keys = await slotflow('key', 'list', this.id);
    for (const { key_id: id } of keys) await slotflow('key', 'revoke', id);
  }

  // The answer's JSON; anything but success is an error.
  async call(method, path, body) {
    const response = await fetch(stage.server + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return JSON.parse(answer);
  }

  register(url, events = BOTH) {
    return this.call('POST', '/v1/webhooks', { url, events });
  }

  webhook(id) {
    return this.call('GET', `/v1/webhooks/${id}`);
  }

  async webhooks() {
    return (await this.call('GET', '/v1/webhooks')).webhooks;
  }

  book(details = {}) {
    const booking = { human_id: randomUUID(), starts_at: '2031-03-10T14:00:00Z', duration: 30, attendee_name: 'Alex Rivera' };
    return this.call('POST', '/v1/bookings', { ...booking, ...details });
  }

  // So many bookings, side by side.
  bookMany(count) {
    return Promise.all(Array.from({ length: count }, () => this.book()));
  }

  // Newest first; of a `booking_id`, a `webhook_id`, a `status`, …
  async deliveries(filter = {}) {
    return (await this.call('GET', `/v1/deliveries?${new URLSearchParams(filter)}`)).deliveries;
  }

  delivery(id) {
    return this.call('GET', `/v1/deliveries/${id}`);
  }

  // Waits until there are so many deliveries, each at its end or held.
  settled(filter = {}, count = 1) {
    return until(`${count} settled deliveries of ${JSON.stringify(filter)}`, async () => {
      const deliveries = await this.deliveries(filter);
      const isSettled = ({ status }) => status === 'held' || FINAL.includes(status);
      return deliveries.length >= count && deliveries.every(isSettled) && deliveries;
    });
  }
}

module.exports = { Organization };
