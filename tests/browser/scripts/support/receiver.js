'use strict';
// A receiver that answers as it is told, and keeps what arrives.

const http = require('node:http');

class Receiver {
  static async open() {
    const receiver = new Receiver();
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  constructor() {
    this.replies = new Map();
    this.arrivals = [];
    this.server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { pathname } = new URL(request.url, this.url('/'));
      this.arrivals.push({ path: pathname, headers: request.headers, body: Buffer.concat(chunks).toString() });
      const { status, headers, body } = this.replies.get(pathname) ?? Receiver.ACCEPTS;
      response.writeHead(status, headers).end(body);
    });
  }

  static ACCEPTS = { status: 200, headers: {}, body: '' };
  static REFUSES = { status: 503, headers: { 'content-type': 'text/plain' }, body: 'closed for today' };

  url(path) {
    return `http://127.0.0.1:${this.server.address().port}${path}`;
  }

  // From now on. A path that was told nothing accepts.
  answer(path, reply) {
    this.replies.set(path, { ...Receiver.ACCEPTS, ...reply });
  }

  refuses(path) {
    this.answer(path, Receiver.REFUSES);
  }

  accepts(path) {
    this.answer(path, Receiver.ACCEPTS);
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

module.exports = { Receiver };
